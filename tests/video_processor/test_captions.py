"""Captions in frames: legible, only while they are due, in a font that has their letters."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from avatar.captions import Cue
from avatar.errors import ConfigurationError
from avatar.types import Image
from video_processor.captions import font
from video_processor.captions.burning import captioned
from video_processor.captions.font import caption_font

CUES = (Cue(0.2, 0.6, "Good morning"), Cue(1.0, 2.0, "A second line\nand a third"))


def grey(channels: int = 3, count: int = 25, side: int = 400) -> list[Image]:
    frame = np.full((side, side, channels), 100, np.uint8)
    if channels == 4:
        frame[..., 3] = 0
    return [frame] * count


@pytest.mark.parametrize("first", [0, 4, 20])
def test_a_frame_has_the_caption_of_its_time(first: int) -> None:
    frames = list(captioned(grey(), CUES, first=first, fps=Fraction(25), font=""))
    changed = [first + i for i, frame in enumerate(frames) if (frame != 100).any()]
    due = [i for i in range(first, first + 25) if 5 <= i < 15 or 25 <= i < 50]
    assert changed == due


def test_letters_are_white_with_a_dark_edge_at_the_bottom() -> None:
    (frame,) = captioned(grey(count=1), CUES, first=30, fps=Fraction(25), font="")
    rows = np.flatnonzero((frame != 100).any(axis=(1, 2)))
    columns = np.flatnonzero((frame != 100).any(axis=(0, 2)))
    assert rows[0] > 300
    assert rows[-1] < 385
    assert abs((columns[0] + columns[-1]) / 2 - 200) < 3
    assert frame.max() > 230
    assert frame.min() < 20


def test_a_frame_that_is_handed_in_stays_as_it_is() -> None:
    frames = grey(count=1)
    list(captioned(frames, CUES, first=30, fps=Fraction(25), font=""))
    assert (frames[0] == 100).all()


def test_captions_on_a_transparent_frame_are_opaque() -> None:
    (frame,) = captioned(grey(4, count=1), CUES, first=30, fps=Fraction(25), font="")
    assert frame[..., 3].max() == 255
    assert frame[0, 0, 3] == 0
    assert frame[..., :3][frame[..., 3] > 250].max() > 230


def test_a_long_line_stays_in_the_frame() -> None:
    wide = (Cue(0.0, 1.0, "W" * 42),)
    (frame,) = captioned(grey(count=1), wide, first=0, fps=Fraction(25), font="")
    columns = np.flatnonzero((frame != 100).any(axis=(0, 2)))
    assert columns[0] > 0
    assert columns[-1] < 399


def test_letters_without_a_picture_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font, "_fonts", lambda: ())
    found = caption_font("Hello 今天 天!")
    assert (found.path, sorted(found.lacking), found.name) == ("", sorted("今天"), "Pillow's own")
    assert caption_font("Good morning, Ann!").lacking == ""


def test_a_font_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    (tmp_path / "letters.ttf").write_bytes(b"no font")
    with pytest.raises(ConfigurationError, match="CAPTION_FONT"):
        caption_font("Hello", tmp_path / "letters.ttf")
