"""What all prepared pictures of the same networks share when they are drawn."""

import threading
from dataclasses import dataclass, field
from typing import Final

from models.batching import BatchSize
from models.computing import Computing

NETWORK: Final = "SadTalker"
FRAMES_AT_ONCE_ON_CPU: Final = 1
"""More take memory and no less time: a frame keeps a processor busy."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """How many frames fit at once, whatever picture they are of; one batch is drawn at a time, under `lock`."""

    batch: BatchSize
    lock: threading.Lock = field(default_factory=threading.Lock)


def drawing_on(computing: Computing) -> Drawing:
    """For networks that compute so."""
    most = computing.batch
    return Drawing(BatchSize(min(most, FRAMES_AT_ONCE_ON_CPU) if computing.device == "cpu" else most, NETWORK))
