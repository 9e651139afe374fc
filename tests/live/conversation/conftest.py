from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from live.conversation.conversation import Conversation
from live.stage import Stage
from scripts.living.scripted import conversation
from tests.live.conversation.doubles import NotedMotion, Watcher, tiny_stage

Open = Callable[..., Conversation]


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


@pytest.fixture
def opened(scene: Scene, tmp_path: Path) -> Iterator[Open]:
    """Opens scripted conversations on the scene, which end with the test."""
    made: list[Conversation] = []

    def opening(**faculties: Any) -> Conversation:
        made.append(conversation(scene.stage, tmp_path, **faculties))
        return made[-1]

    yield opening
    for one in made:
        one.close()
