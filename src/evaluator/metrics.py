"""The figures of a run: which there are, in which unit, and a value or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final, SupportsFloat

NOT_INSTALLED: Final = "not installed"
NO_REFERENCE: Final = "no reference is given"


@dataclass(frozen=True, slots=True)
class Value:
    """A measured value, or None with the reason."""

    value: float | None
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


Values = dict[str, Value]
"""By the names of `METRICS`."""


@dataclass(frozen=True, slots=True)
class Metric:
    """`optional` ones need something that may be missing, such as a network or a reference; then no bound counts."""

    title: str
    unit: str = ""
    optional: bool = False


METRICS: Final[Mapping[str, Metric]] = {
    "real_time_factor": Metric("Time taken over length", "times"),
    "lip_correlation": Metric("Lips against speech, r"),
    "lip_offset_ms": Metric("Lips after speech", "ms"),
    "reference_correlation": Metric("Lips against reference, r", optional=True),
    "track_correlation": Metric("Speech's opening against reference, r", optional=True),
    "correlation_loss": Metric("Lost on the way to the video, r", optional=True),
    "reference_offset_ms": Metric("Lips after reference", "ms", optional=True),
    "reference_spread": Metric("Spread of the opening over the reference's", "times", optional=True),
    "film_correlation": Metric("Lips against the film, same tracker, r", optional=True),
    "film_loss": Metric("Lost against the film, same tracker, r", optional=True),
    "film_spread": Metric("Spread of the opening over the film's, same tracker", "times", optional=True),
    "closed_at_bilabials": Metric("Lips closed at p, b, m", optional=True),
    "closed_at_random": Metric("Lips closed at random times"),
    "closed_in_silence": Metric("Lips closed in silence", optional=True),
    "closed_in_speech": Metric("Lips closed in speech"),
    "blink_rate": Metric("Blinks", "a minute"),
    "head_pitch_sd": Metric("Head pitch, sd", "degrees"),
    "head_yaw_sd": Metric("Head yaw, sd", "degrees"),
    "head_roll_sd": Metric("Head roll, sd", "degrees"),
    "head_speed": Metric("Head speed", "degrees/s"),
    "flicker": Metric("Flicker where nothing moves", "levels of 255"),
    "ssim_still": Metric("SSIM with the portrait, still and outside the mouth", optional=True),
    "identity_ssim": Metric("Identity proxy: SSIM of the aligned face", optional=True),
    "identity_colour": Metric("Identity proxy: colour distance of the aligned face", "CIE76", optional=True),
    "identity_embedding": Metric("Identity by a face network, cosine", optional=True),
    "lpips": Metric("LPIPS of the aligned face", optional=True),
    "lse_d": Metric("LSE-D (SyncNet)", optional=True),
    "lse_c": Metric("LSE-C (SyncNet)", optional=True),
    "lse_offset_ms": Metric("Lips after speech (SyncNet)", "ms", optional=True),
    "voice_level_db": Metric("Level of the voice", "dB of full scale", optional=True),
    "voice_f0_hz": Metric("F0 of the voice, median", "Hz", optional=True),
    "voice_f0_sd": Metric("F0 of the voice, sd", "semitones", optional=True),
    "language_correct": Metric("Language recognised", optional=True),
    "word_error_rate": Metric("Word error rate", optional=True),
}


def known(value: SupportsFloat, why: str = "it does not vary") -> Value:
    """The value, or none with the reason `why` where it is no number."""
    number = float(value)
    return Value(round(number, 4)) if isfinite(number) else Value(None, why)


def unknown(why: str) -> Value:
    return Value(None, why)
