"""What the face does on a word of what is said."""

from dataclasses import dataclass

from avatar.performance import Cue, DirectedEmotion


@dataclass(frozen=True, slots=True)
class Feeling:
    """An emotion that the face takes on, as strongly as `intensity` (0..1) says, until the end of what is said."""

    emotion: DirectedEmotion
    intensity: float


Act = Cue | Feeling


@dataclass(frozen=True, slots=True)
class Mark:
    """`act` belongs to the word of a text at or after character `offset`, or to the last one where none follows.

    The moment of a cue is found when the word's is: its own `at` and `word` do not count.
    """

    offset: int
    act: Act
