"""What every part of the motion is made from."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from avatar.performance import Cue, Performance
from avatar.types import HOP_SECONDS, Floats, Speech, VisemeTrack
from video_processor.motion.controls import ControlTracks, Timeline, control_tracks, timeline
from video_processor.motion.cues import held, only
from video_processor.motion.curves import Clock, Value, eased, frame_mean, impulses, painted, random_stream, smoothed

TALKING_FADE_SECONDS: Final = 1.0
IDLE_LIVELINESS: Final = 0.35
"""How much the head moves where nobody speaks, as a share of how it moves in speech."""
STILL_CUE_DAMPING: Final = 0.9
PITCH_RANGE_SEMITONES: Final = 6.0
PITCH_SMOOTHING_SECONDS: Final = 0.12


@dataclass(frozen=True, slots=True)
class Scene:
    """Speech and performance on the frames to fill.

    (frames,) each: `talking` 0..1 follows the phrases slowly; `liveliness` 0..1 scales what moves by itself;
    `melody` is the pitch of the voice around its median, -1..1 over +-6 semitones, 0 where unvoiced;
    `phrase_ends` has a weight of 1 at each. `visemes` are the speech's as a camera shows them.
    """

    clock: Clock
    speech: Speech
    cues: tuple[Cue, ...]
    timeline: Timeline
    controls: ControlTracks[Floats]
    talking: Floats
    liveliness: Floats
    melody: Floats
    phrase_ends: Floats
    visemes: VisemeTrack
    seed: int

    def random(self, concern: str) -> np.random.Generator:
        return random_stream(self.seed, concern)


def set_scene(speech: Speech, performance: Performance, clock: Clock, seed: int) -> Scene:
    phrases = speech.prosody.phrases
    talking = eased(painted([(p.start, p.end) for p in phrases], clock), clock, TALKING_FADE_SECONDS)
    line = timeline(performance, clock)
    still = held(only(performance.cues, "still"), clock)
    return Scene(
        clock=clock,
        speech=speech,
        cues=performance.cues,
        timeline=line,
        controls=control_tracks(line),
        talking=talking,
        liveliness=liveliness_of(talking, still),
        melody=_melody(speech.prosody.f0_hz, clock),
        phrase_ends=impulses([p.end for p in phrases], 1.0, clock),
        visemes=_filmed(speech.visemes, clock),
        seed=seed,
    )


def liveliness_of(talking: Value, still: Value) -> Value:
    """How much of what moves by itself does, where somebody is `talking` or held `still`, 0..1 each."""
    return (IDLE_LIVELINESS + (1.0 - IDLE_LIVELINESS) * talking) * (1.0 - STILL_CUE_DAMPING * still)


def _filmed(visemes: VisemeTrack, clock: Clock) -> VisemeTrack:
    """Half a frame later: a camera exposes a frame around its time stamp, and people are used to mouths so."""
    late = filmed_hops(clock.rate)
    if not late or len(visemes.opening) <= late:
        return visemes
    names = ("probabilities", "opening", "width", "rounding", "closure")
    curves: dict[str, Floats] = {name: getattr(visemes, name) for name in names}
    return replace(
        visemes, **{name: np.concatenate([curve[:1]] * late + [curve[:-late]]) for name, curve in curves.items()}
    )


def filmed_hops(rate: float) -> int:
    """Rows of a 10 ms track by which a camera of that many frames a second shows it late."""
    return round(0.5 / rate / HOP_SECONDS)


def _melody(f0_hz: Floats, clock: Clock) -> Floats:
    voiced = f0_hz > 0.0
    if not voiced.any():
        return np.zeros(clock.frames, np.float32)
    semitones = 12.0 * np.log2(np.where(voiced, f0_hz, 1.0) / np.median(f0_hz[voiced]))
    limited = np.clip(semitones, -PITCH_RANGE_SEMITONES, PITCH_RANGE_SEMITONES) * voiced / PITCH_RANGE_SEMITONES
    level = smoothed(frame_mean(limited.astype(np.float32), clock), clock, PITCH_SMOOTHING_SECONDS)
    share = smoothed(frame_mean(voiced.astype(np.float32), clock), clock, PITCH_SMOOTHING_SECONDS)
    return np.asarray(level / (share + 0.2), np.float32)
