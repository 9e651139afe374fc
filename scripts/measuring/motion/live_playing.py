"""Live sessions played without a clock: speech that becomes known a little ahead of the frames, and events."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Final, get_args

import numpy as np

from avatar.blendshapes import BLENDSHAPES
from avatar.performance import ACTIONS, ControlParameters, Cue
from avatar.types import HOP_SECONDS, FaceMotion, LiveProsody, Speech, VisemeTrack, frame_count
from scripts.measuring.made_speech import make_speech
from scripts.measuring.motion.limits import wild_controls
from scripts.measuring.motion.playing import FPS
from video_processor.motion.live import LiveMotion
from video_processor.motion.live.attention import State

REST: Final = np.zeros(len(BLENDSHAPES), np.float32)
PIECE_ROWS: Final = 2
"""Sound comes in pieces of 20 ms."""

Events = Callable[[LiveMotion, float], None]
"""What is done before the frame at a time."""

EVENTS_A_SECOND: Final = 3.0
AHEADS: Final = (-0.2, 0.0, 0.04, 0.1, 0.5)
"""How far ahead speech is known in a wild session, by turns: less than 0 is too late."""


def new_session(*, seed: int = 1, fps: Fraction = FPS, **controls: float) -> LiveMotion:
    return LiveMotion(REST, fps=fps, seed=seed, controls=ControlParameters.model_validate(controls))


def rows_of(track: VisemeTrack, first: int, end: int) -> VisemeTrack:
    """Some rows of a track."""
    names = ("probabilities", "opening", "width", "rounding", "closure")
    return replace(track, **{name: getattr(track, name)[first:end] for name in names})


class Feeding:
    """Gives a session the rows of a speech that are known by then, beginning at `at` seconds of its clock."""

    def __init__(self, speech: Speech, *, at: float = 0.0, prosody: bool = True) -> None:
        self._speech, self._at, self._prosody = speech, at, prosody
        self._known = 0

    def feed(self, session: LiveMotion, until: float) -> None:
        """All that lies before `until` seconds of the session's clock; infinity is all there is."""
        rows = len(self._speech.visemes.opening)
        known = rows if np.isinf(until) else min(rows, round((until - self._at) / HOP_SECONDS))
        known -= known % PIECE_ROWS if known < rows else 0
        if known > self._known:
            start = self._at + self._known * HOP_SECONDS
            track = rows_of(self._speech.visemes, self._known, known)
            session.speech(track, start, prosody=self._live_prosody(known, start) if self._prosody else None)
            self._known = known

    def _live_prosody(self, known: int, start: float) -> LiveProsody:
        whole, low, high = self._speech.prosody, self._known * HOP_SECONDS, known * HOP_SECONDS
        stressed = tuple(replace(e, time=e.time + self._at) for e in whole.emphases if low <= e.time < high)
        return LiveProsody(start, whole.loudness_db[self._known : known], whole.f0_hz[self._known : known], stressed)


def shown(session: LiveMotion, frames: int, before: Events, *, fps: Fraction = FPS, first: int = 0) -> FaceMotion:
    """The frames of a session, with events before each."""
    shapes, poses = [], []
    for index in range(first, first + frames):
        before(session, index / float(fps))
        face, pose = session.frame(index)
        shapes.append(face)
        poses.append(pose)
    return FaceMotion(fps, np.stack(shapes), np.stack(poses))


def played_live(speech: Speech, ahead: float, *, seed: int = 1, fps: Fraction = FPS) -> FaceMotion:
    """A speech whose rows are known `ahead` seconds before they are shown."""
    feeding = Feeding(speech)
    frames = frame_count(speech.duration, fps)
    return shown(
        new_session(seed=seed, fps=fps), frames, lambda session, time: feeding.feed(session, time + ahead), fps=fps
    )


def idle(seconds: float, *, seed: int = 1, fps: Fraction = FPS, **controls: float) -> FaceMotion:
    session = new_session(seed=seed, fps=fps, **controls)
    return shown(session, frame_count(seconds, fps), lambda *_: None, fps=fps)


def wild(seconds: float, *, seed: int, fps: Fraction = FPS, events: bool = True) -> FaceMotion:
    """A session in which anything happens at any moment, and speech comes now early, now late."""
    random = np.random.Generator(np.random.PCG64(seed))
    feeding = Feeding(make_speech(seconds, seed=seed))
    ahead = 0.1

    def before(session: LiveMotion, time: float) -> None:
        nonlocal ahead
        if random.random() < 0.5 / float(fps):
            ahead = float(random.choice(AHEADS))
        feeding.feed(session, time + ahead)
        if events and random.random() < EVENTS_A_SECOND / float(fps):
            _anything(session, time, random)

    return shown(new_session(seed=seed, fps=fps), frame_count(seconds, fps), before, fps=fps)


def _anything(session: LiveMotion, time: float, random: np.random.Generator) -> None:
    at = max(time + float(random.uniform(-0.4, 0.8)), 0.0)
    match int(random.integers(0, 6)):
        case 0:
            session.direct(wild_controls(random), at)
        case 1:
            session.cut(at)
        case 2:
            states: tuple[State, ...] = get_args(State)
            session.attend(states[int(random.integers(0, len(states)))], at)
        case _:
            session.cue(_any_cue(at, random))


def _any_cue(at: float, random: np.random.Generator) -> Cue:
    return Cue.model_validate(
        {
            "action": str(random.choice(ACTIONS)),
            "at": at,
            "intensity": float(random.random()),
            "duration": float(random.uniform(0.05, 2.0)),
            "direction": float(random.choice((-1.0, 0.0, 1.0))),
        }
    )
