"""What the portrait itself shows, in words: a smile that is there already need not be directed again."""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from avatar.blendshapes import BLENDSHAPE_INDEX
from avatar.face_measures import FaceMeasures
from avatar.types import Floats, TimedEmotion
from orchestrator.director.moods import SEEN_IN

SHOWN_SHAPES: Final = {
    "smiling": ("mouthSmileLeft", "mouthSmileRight"),
    "mouth corners down": ("mouthFrownLeft", "mouthFrownRight"),
    "brows raised": ("browInnerUp", "browOuterUpLeft", "browOuterUpRight"),
    "brows lowered": ("browDownLeft", "browDownRight"),
    "eyes wide": ("eyeWideLeft", "eyeWideRight"),
    "eyes narrowed": ("eyeSquintLeft", "eyeSquintRight"),
    "mouth open": ("jawOpen",),
}
LEAST_SHOWN: Final = 0.12
EYES_CLOSED: Final = 0.5
TURNED_DEGREES: Final = 6.0
LEAST_CONFIDENCE: Final = 0.15


class Face(Protocol):
    """A portrait, or what is told of it without its pictures."""

    @property
    def pose(self) -> tuple[float, float, float]: ...

    @property
    def rest(self) -> Floats: ...

    @property
    def measures(self) -> FaceMeasures | None: ...


def portrait_line(portrait: Face, emotions: Sequence[TimedEmotion]) -> str:
    """Expression, mouth, eyes and pose of the picture; amounts in 0..1."""
    told = [*_looks_like(emotions), *_expression(portrait.rest), *_measured(portrait.measures), *_pose(portrait.pose)]
    return ", ".join(told) or "a calm face from the front"


def _looks_like(emotions: Sequence[TimedEmotion]) -> Iterator[str]:
    """The label that the picture's own readings agree on."""
    seen = [reading for timed in emotions[:1] for reading in timed.sources if reading.source in SEEN_IN]
    for reading in seen[-1:]:
        label = max(reading.scores, key=lambda name: reading.scores[name])
        sure = reading.scores[label] * reading.confidence
        if sure >= LEAST_CONFIDENCE:
            yield f"looks {label} ({sure:.1f})"


def _expression(rest: Floats) -> Iterator[str]:
    for name, shapes in SHOWN_SHAPES.items():
        amount = float(rest[[BLENDSHAPE_INDEX[shape] for shape in shapes]].mean())
        if amount >= LEAST_SHOWN:
            yield f"{name} ({amount:.1f})"


def _measured(measures: FaceMeasures | None) -> Iterator[str]:
    if measures is None:
        return
    if measures.teeth is not None and measures.teeth > LEAST_SHOWN:
        yield "teeth show"
    if measures.eyes_closed >= EYES_CLOSED:
        yield "eyes nearly closed"
    if measures.glasses != "none":
        yield f"{measures.glasses} glasses"
    if measures.mouth_covered:
        yield "mouth covered"
    if measures.forehead_covered:
        yield "brows hidden"


def _pose(pose: tuple[float, float, float]) -> Iterator[str]:
    pitch, yaw, roll = pose
    for degrees, more, less in (
        (pitch, "head up", "head down"),
        (yaw, "head turned to the speaker's left", "head turned to the speaker's right"),
        (roll, "head tilted to the speaker's left", "head tilted to the speaker's right"),
    ):
        if abs(degrees) >= TURNED_DEGREES:
            yield f"{more if degrees > 0.0 else less} by {abs(degrees):.0f} degrees"
