"""A run in a process of its own that dies by SIGKILL at a chosen moment.

The moment is `before:PREFIX` or `after:PREFIX`,
around the renaming of the artifact or result whose name starts so, or `checkpoint:FIELD`, after a checkpoint that
holds that field of the state; it dies at the given number of times that the moment has come.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from langgraph.checkpoint.sqlite import SqliteSaver

from avatar.settings import load_settings
from orchestrator.run import JobRequest, run_job
from tests.orchestrator.pipeline_fakes import SIZE, CountingEngine, use_fakes


class Countdown:
    def __init__(self, count: int) -> None:
        self._left = count
        self._lock = threading.Lock()

    def tick(self) -> None:
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def die_around_rename(when: str, prefix: str, countdown: Countdown) -> None:
    rename = Path.replace

    def replace(path: Path, target: Path) -> Path:
        if when == "before" and target.name.startswith(prefix):
            countdown.tick()
        renamed = rename(path, target)
        if when == "after" and target.name.startswith(prefix):
            countdown.tick()
        return renamed

    setattr(Path, "replace", replace)  # noqa: B010 - a method is replaced


def die_after_checkpoint(field: str, countdown: Countdown) -> None:
    put = SqliteSaver.put

    def put_and_die(saver: SqliteSaver, config: Any, checkpoint: Any, *rest: Any) -> Any:
        kept = put(saver, config, checkpoint, *rest)
        if field in checkpoint["channel_values"]:
            countdown.tick()
        return kept

    setattr(SqliteSaver, "put", put_and_die)  # noqa: B010 - a method is replaced


def patch(name: str, value: Any) -> None:
    module, _, attribute = name.rpartition(".")
    __import__(module)
    setattr(sys.modules[module], attribute, value)


def run(data: str, picture: str, sound: str, output: str, log: str, moment: str, number: str) -> None:
    use_fakes(patch, CountingEngine(log=Path(log)))
    patch("orchestrator.nodes.plan_chunks.WAVE_CHUNKS_PER_WORKER", 1)
    settings = load_settings(
        data_dir=Path(data),
        default_resolution=SIZE.width,
        chunk_seconds=0.4,
        render_workers=2,
        video_preset="ultrafast",
    )
    when, _, what = moment.partition(":")
    if when == "checkpoint":
        die_after_checkpoint(what, Countdown(int(number)))
    else:
        die_around_rename(when, what, Countdown(int(number)))
    run_job(JobRequest(image=picture, audio=sound, output=output), settings)
