"""JPEG pictures and plain sound with their times."""

import cv2
import numpy as np
import pytest

from live.media import Media, MediaKind
from live.viewers.pictures import PictureViewer
from tests.live.showing import grey_of, show, tone


def test_pictures_and_sound_come_as_they_are() -> None:
    emitted: list[Media] = []
    show(PictureViewer(emitted.append), range(3, 6), 25, 64)
    assert [media.kind for media in emitted] == [MediaKind.SOUND, MediaKind.JPEG] * 3
    assert [media.at for media in emitted] == [3 / 25, 3 / 25, 4 / 25, 4 / 25, 5 / 25, 5 / 25]
    sound = np.frombuffer(b"".join(media.data for media in emitted[::2]), "<i2")
    assert np.array_equal(sound, tone(3 * 1920, 3 * 1920))
    shown = cv2.imdecode(np.frombuffer(emitted[1].data, np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert float(shown[:30].mean()) == pytest.approx(grey_of(3), abs=3)


def test_what_is_not_wanted_is_not_sent() -> None:
    emitted: list[Media] = []
    viewer = PictureViewer(emitted.append, pictures=False)
    show(viewer, range(2), 25, 64)
    assert {media.kind for media in emitted} == {MediaKind.SOUND}
    emitted.clear()
    show(PictureViewer(emitted.append, sound=False), range(2), 25, 64)
    assert {media.kind for media in emitted} == {MediaKind.JPEG}
