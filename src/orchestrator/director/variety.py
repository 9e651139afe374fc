"""Choices that look like a person's and are the same for the same speech."""

from collections.abc import Mapping
from hashlib import sha256
from random import Random
from typing import TypeVar

from avatar.types import Speech

Choice = TypeVar("Choice", bound=str)


class Variety:
    """Numbers drawn from what is said; each depends on its concern and moment, not on those before it."""

    def __init__(self, speech: Speech) -> None:
        text = speech.transcript.text if speech.transcript else ""
        ends = [round(100 * time) for phrase in speech.prosody.phrases for time in phrase]
        self._seed = sha256(f"{round(100 * speech.duration)}|{ends}|{text}".encode()).hexdigest()

    def share(self, concern: str, at: float) -> float:
        """In 0..1, evenly."""
        return Random(f"{concern}|{round(100 * at)}|{self._seed}").random()  # noqa: S311

    def around(self, value: float, concern: str, at: float, spread: float = 0.15) -> float:
        """Within that share of `value`, evenly; rounded, so that a person can read it."""
        return round(value * (1.0 + spread * (2.0 * self.share(concern, at) - 1.0)), 3)

    def side(self, concern: str, at: float, before: float) -> float:
        """-1 or 1, mostly the other one than `before`."""
        other = -before if before else 1.0
        return other if self.share(concern, at) < 0.75 else -other

    def pick(self, weights: Mapping[Choice, float], concern: str, at: float) -> Choice:
        """One of the names, as often as its weight says. At least one has a weight."""
        left = self.share(concern, at) * sum(weights.values())
        for name, weight in weights.items():
            left -= weight
            if weight and left < 0.0:
                return name
        return max(weights, key=lambda name: weights[name])
