"""The last look at a video before anybody gets it: it must not be black, frozen, broken or out of step."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Final, NoReturn

import numpy as np

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.errors import QualityError
from avatar.types import FaceMotion, Portrait
from video_processor.quality.film import FilmFacts
from video_processor.quality.looks import Look, lit_share, sampled
from video_processor.quality.sync import mouth_sync

BLACK_SHARE: Final = 0.005
"""A frame of which no larger share is lit is black."""

DARK_PORTRAIT: Final = 0.02
"""Of a portrait that is itself darker than this nobody can tell."""

STILL_LEVELS: Final = 0.5
FROZEN_SECONDS: Final = 1.0
FROZEN_JAW: Final = 0.15
"""Where no pixel changes by more than so many levels for so long, while the jaw is to open or close so far, the picture
is frozen."""

LENGTHS_APART_FRAMES: Final = 1.01
STARTS_APART_FRAMES: Final = 1.01

CLEAR_SYNC: Final = 0.4
CLEAR_DEVIATIONS: Final = 6.0
LOST_SECONDS: Final = 0.1
LOST_SHARE: Final = 0.5
"""The mouth is out of step where its correlation with the motion is this high at a lag beyond this, by so many standard
deviations no chance (Fisher's z), and at most this share of it without the lag."""

MOUTH_IN_STEP: Final = "mouth in step"

CURE: Final = "Make it again from the beginning (`--fresh`), or with another renderer."


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `detail` says what was found, or why it was passed over where `done` is False.

    `measure` is the number behind it, where there is one.
    """

    name: str
    done: bool
    detail: str
    measure: float | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the frames of a video were to show: the framed portrait, its motion, and whether the engine moves it."""

    portrait: Portrait
    motion: FaceMotion
    moves: bool

    @property
    def is_film(self) -> bool:
        return self.portrait.footage is not None


def check_motion(motion: FaceMotion) -> None:
    """Raises `QualityError` where a value is no number."""
    for name, curves in (("blendshapes", motion.blendshapes), ("pose", motion.pose)):
        bad = np.flatnonzero(~np.isfinite(curves).all(axis=1))
        if len(bad):
            at = float(int(bad[0]) / motion.fps)
            raise QualityError(f"The motion holds values that are no numbers ({name}, from {at:.2f} s).", cure=CURE)


def inspect(look: Look, facts: FilmFacts, subject: Subject) -> tuple[Check, ...]:
    """What was checked. Raises `QualityError`, which names what is wrong with the video and where."""
    check_motion(subject.motion)
    numbers = Check("numbers", done=True, detail=f"all values of {len(subject.motion)} frames of motion are finite")
    return (
        numbers,
        _not_black(look, facts, subject),
        _not_frozen(look, subject),
        _whole(facts, len(subject.motion), subject.motion.fps),
        _in_step(look, subject),
    )


def _refuse(what: str) -> NoReturn:
    raise QualityError(what, cure=CURE)


def _not_black(look: Look, facts: FilmFacts, subject: Subject) -> Check:
    own = lit_share(sampled(_shown(subject.portrait)))
    if own < DARK_PORTRAIT:
        return Check("black", done=False, detail="the portrait itself is as good as black")
    black = look.lit <= BLACK_SHARE
    if black.all() or (black.any() and not subject.is_film):
        at = float(int(np.argmax(black)) / subject.motion.fps)
        _refuse(f"The video is black at {at:.2f} s: {100 * black.mean():.0f} % of its frames show nothing.")
    if facts.lit and not subject.is_film and subject.portrait.channels == 3:
        at, least = min(facts.lit, key=lambda item: item[1])
        if least <= BLACK_SHARE:
            _refuse(f"The finished file is black at {at:.2f} s, though what was drawn is not.")
    return Check("black", done=True, detail=f"at least {100 * float(look.lit.min()):.0f} % of every frame is lit")


def _shown(portrait: Portrait) -> Any:
    return portrait.cutout.front if portrait.cutout is not None and portrait.channels == 4 else portrait.image


def _not_frozen(look: Look, subject: Subject) -> Check:
    if not subject.moves:
        return Check("frozen", done=False, detail="the engine shows the portrait as it is")
    if subject.is_film:
        return Check("frozen", done=False, detail="the picture is a video")
    fps, jaw = subject.motion.fps, subject.motion.blendshapes[:, BLENDSHAPE_INDEX["jawOpen"]]
    longest = 0
    for first, after in _still_stretches(look):
        wanted = float(np.ptp(jaw[first:after]))
        if (after - first) / fps >= FROZEN_SECONDS and wanted >= FROZEN_JAW:
            start, end = float(first / fps), float(after / fps)
            _refuse(f"The picture stands still from {start:.2f} to {end:.2f} s, while somebody speaks.")
        longest = max(longest, after - first) if wanted >= FROZEN_JAW else longest
    return Check("frozen", done=True, detail=f"it stands still for at most {float(longest / fps):.2f} s of speech")


def _still_stretches(look: Look) -> list[tuple[int, int]]:
    """First frame, and the frame after the last, of stretches without change; an unknown change breaks none."""
    still = ~(look.moved > STILL_LEVELS)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], still, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > 1]


def _whole(facts: FilmFacts, frames: int, fps: Fraction) -> Check:
    if facts.frames != frames:
        _refuse(f"The video has {facts.frames} frames in place of {frames}.")
    if facts.sound_seconds is None:
        _refuse("The video has no sound.")
    apart = facts.sound_seconds - facts.picture_seconds
    if abs(apart) > LENGTHS_APART_FRAMES / fps:
        _refuse(f"The picture lasts {facts.picture_seconds:.3f} s and the sound {facts.sound_seconds:.3f} s.")
    if abs(facts.delay) > STARTS_APART_FRAMES / fps:
        _refuse(f"Picture and sound begin {1000 * abs(facts.delay):.0f} ms apart.")
    detail = f"{frames} frames; the sound ends {1000 * apart:+.0f} ms, the picture begins {1000 * facts.delay:+.0f} ms"
    return Check("sound and picture", done=True, detail=detail)


def _in_step(look: Look, subject: Subject) -> Check:
    if not subject.moves:
        return Check(MOUTH_IN_STEP, done=False, detail="the engine shows the portrait as it is")
    found = mouth_sync(look.mouth, subject.motion)
    if found is None:
        return Check(MOUTH_IN_STEP, done=False, detail="the mouth does not move enough, or not in its place")
    seconds = float(found.lag / subject.motion.fps)
    deviations = np.arctanh(min(found.best, 0.999)) * np.sqrt(max(len(look) - 3, 0))
    clear = found.best >= CLEAR_SYNC and deviations >= CLEAR_DEVIATIONS
    if clear and abs(seconds) > LOST_SECONDS and found.at_zero <= LOST_SHARE * found.best:
        _refuse(f"The mouth moves {1000 * abs(seconds):.0f} ms too {'late' if seconds > 0 else 'early'}.")
    detail = f"its change goes with the motion's: r = {found.at_zero:.2f}"
    return Check(MOUTH_IN_STEP, done=True, detail=detail, measure=float(found.at_zero))
