import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest

from avatar.types import Floats
from live.conversation.ears import MOST_WAITING_SECONDS, Ears
from live.conversation.recognising import Understood
from live.conversation.turns import SpeechBegan, TurnDetector, TurnEnded
from live.messages import Problem

RATE = 16_000


@dataclass
class Heard:
    """Who notes what the ears tell."""

    problems: list[Problem] = field(default_factory=list)
    begun: threading.Event = field(default_factory=threading.Event)

    def began(self, event: SpeechBegan) -> None:
        self.begun.set()

    def guess(self, samples: Floats) -> Future[Understood] | None:
        return None

    def ended(self, event: TurnEnded, guess: Future[Understood] | None) -> None:
        raise AssertionError

    def failed(self, problem: Problem) -> None:
        self.problems.append(problem)


Open = Callable[..., Ears]


@pytest.fixture
def opened() -> Iterator[Open]:
    made: list[Ears] = []

    def opening(push: Callable[[Floats], list[Any]], heard: Heard, flooded: Callable[[], None]) -> Ears:
        detector = cast(Any, TurnDetector(lambda _: 0.0))
        detector.push = push
        made.append(Ears(detector, cast(Any, heard), flooded))
        return made[-1]

    yield opening
    for ears in made:
        ears.close()


def test_what_waits_is_bounded_by_its_seconds(opened: Open) -> None:
    begun, released, flooded = threading.Event(), threading.Event(), []

    def push(samples: Floats) -> list[Any]:
        begun.set()
        assert released.wait(10)
        return []

    ears = opened(push, Heard(), lambda: flooded.append(1))
    half = np.zeros(round(MOST_WAITING_SECONDS * RATE / 2), np.float32)
    ears.hear(half, RATE)
    assert begun.wait(10)
    for _ in range(2):
        ears.hear(half, RATE)
    assert not flooded
    ears.hear(half[: RATE // 50], RATE)
    assert len(flooded) == 1
    released.set()


def test_a_piece_that_fails_is_told_and_the_next_is_heard(opened: Open) -> None:
    heard = Heard()
    pieces: Iterator[list[Any] | Exception] = iter([ValueError("a meter"), [SpeechBegan(0.1)]])

    def push(samples: Floats) -> list[Any]:
        found = next(pieces)
        if isinstance(found, Exception):
            raise found
        return found

    ears = opened(push, heard, lambda: None)
    for _ in range(2):
        ears.hear(np.zeros(320, np.float32), RATE)
    assert heard.begun.wait(10)
    assert [problem.code for problem in heard.problems] == ["hearing_failed"]
    assert "ValueError" in heard.problems[0].message
