"""A made-up stage: pictures whose grey tells their number, and a tone, given to a viewer as a stage gives them."""

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from avatar.types import Image
from live.contract import SOUND_RATE_HZ, Samples, TimedFrame, TimedSound, Viewer

TONE_HZ: Final = 440.0
LOUD: Final = 12_000


def grey_of(index: int) -> int:
    return 40 + index * 7 % 170


def picture(index: int, side: int = 128) -> Image:
    """Grey by its number, with a darker half, so that it is no plain colour."""
    image = np.full((side, side, 3), grey_of(index), np.uint8)
    image[side // 2 :] //= 2
    return image


def tone(first: int, count: int, hz: float = TONE_HZ) -> Samples:
    times = np.arange(first, first + count) / SOUND_RATE_HZ
    return np.asarray(np.rint(LOUD * np.sin(2 * np.pi * hz * times)), np.int16)


def moment(index: int, fps: int, side: int = 128, *, begin: int | None = None) -> tuple[TimedSound, TimedFrame]:
    """What a stage gives for frame `index`: the sound up to the next frame, from frame `begin` on, and the picture."""
    since = (index if begin is None else begin) * SOUND_RATE_HZ // fps
    until = (index + 1) * SOUND_RATE_HZ // fps
    sound = TimedSound(since / SOUND_RATE_HZ, tone(since, until - since))
    frame = TimedFrame(index, index / fps, picture(index, side), np.zeros(52, np.float32), np.zeros(6, np.float32))
    return sound, frame


def show(viewer: Viewer, indices: Iterable[int], fps: int, side: int = 128) -> None:
    """All sound, without a gap, and the frames of `indices` alone."""
    begin: int | None = None
    for index in indices:
        sound, frame = moment(index, fps, side, begin=begin)
        viewer.sound(sound)
        viewer.frame(frame)
        begin = index + 1


def strongest_hz(samples: NDArray[np.floating]) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * SOUND_RATE_HZ / len(samples)
