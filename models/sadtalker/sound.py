"""The sound as SadTalker hears it: Wav2Lip's spectrogram, 200 ms around each frame."""

from fractions import Fraction
from typing import Final

import numpy as np

from avatar.types import SAMPLE_RATE_HZ, Floats
from models.wav2lip.mel import COLUMNS_PER_SECOND, WINDOW_COLUMNS, mel_spectrogram

TRAINING_FPS: Final = 25
LEAD_FRAMES: Final = 2
"""Of the training's: a window begins 80 ms before its frame."""


def sad_mel_windows(samples: Floats, frames: int, fps: Fraction = Fraction(TRAINING_FPS)) -> Floats:
    """(frames, 80, 16) in -4..4 of mono sound (n,) at 16 kHz; frame `i` is shown at `i / fps`.

    Sound after the last frame is not heard; what is missing is silence. At the ends of the spectrogram its outermost
    columns are repeated, as the original does.
    """
    if not frames:
        return np.zeros((0, mel_spectrogram(samples[:1]).shape[0], WINDOW_COLUMNS), np.float32)
    wanted = int(frames * SAMPLE_RATE_HZ / fps)
    heard = np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))
    mel = mel_spectrogram(heard)
    places = sad_window_starts(frames, fps)[:, None] + np.arange(WINDOW_COLUMNS)
    windows: Floats = mel[:, np.clip(places, 0, mel.shape[1] - 1)].transpose(1, 0, 2)
    return np.ascontiguousarray(windows)


def sad_window_starts(
    frames: int, fps: Fraction = Fraction(TRAINING_FPS)
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """(frames,): the first column of each window, negative before the sound.

    At 25 fps as the original takes them, `int(80 * ((i - 2) / 25))`; at other rates those of the same time.
    """
    return np.array(
        [
            int(COLUMNS_PER_SECOND * ((frame * TRAINING_FPS / float(fps) - LEAD_FRAMES) / TRAINING_FPS))
            for frame in range(frames)
        ],
        np.int64,
    )
