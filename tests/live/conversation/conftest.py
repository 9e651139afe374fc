from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from live.stage import Stage
from tests.live.conversation.doubles import NotedMotion, Watcher, tiny_stage


@dataclass(frozen=True)
class Scene:
    stage: Stage
    motion: NotedMotion
    watcher: Watcher


@pytest.fixture
def scene() -> Iterator[Scene]:
    """A stage that plays, and somebody who watches it."""
    motion = NotedMotion()
    stage, watcher = tiny_stage(motion), Watcher()
    stage.add(watcher)
    stage.start()
    yield Scene(stage, motion, watcher)
    stage.stop()
