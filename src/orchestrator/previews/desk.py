"""Previews for people who edit a performance: drawn in processes of their own, started when somebody edits."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Hashable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, TypeVar

from avatar.errors import BusyError, RenderError
from avatar.performance import Performance
from avatar.settings import Settings
from orchestrator.artifacts import usable_folder
from orchestrator.moving import MotionSource
from orchestrator.previews.process import PreviewProcess, ProcessDied, draw_previews
from orchestrator.previews.tasks import Abandoned, CurvesTask, PictureTask, SoundTask, Task, WarmTask
from orchestrator.previews.turns import Turn, Turns, superseded
from orchestrator.side_process import Attend
from video_processor.encoding import assemble_video
from video_processor.motion.overview import MotionOverview

Value = TypeVar("Value")

USUAL_SIDE: Final = 192
MOST_PROCESSES: Final = 2
LEAST_FRAMES: Final = 12
"""A shorter part is drawn before it pays to share it out."""

LONGEST_TASK_SECONDS: Final = 120.0
CALL_OFF_SECONDS: Final = 10.0
ATTEMPTS: Final = 2
FOLDER: Final = "previews"
LEFT_SECONDS: Final = 3600.0


class PreviewDesk:
    """Curves and small videos of a performance that nobody has rendered. Callers may come from many threads.

    `processes` draw one preview side by side; `attend` is what each of them does. They start with the first order.
    """

    def __init__(self, settings: Settings, attend: Attend = draw_previews, processes: int | None = None) -> None:
        many = processes or min(MOST_PROCESSES, os.cpu_count() or 1)
        self._processes = [PreviewProcess(settings, attend) for _ in range(many)]
        self._turns = Turns()
        self._folder = usable_folder(settings.data_dir / FOLDER)
        _sweep(self._folder)
        self._warmed: Path | None = None
        self._is_closed = False

    def curves(
        self,
        source: MotionSource,
        performance: Performance,
        *,
        most_points: int,
        most_per_second: float | None = None,
        turn: Turn | None = None,
    ) -> MotionOverview:
        """What the performance makes the face do; the portrait is then made ready for a preview.

        The end of `turn` by `leave` ends it: then `SupersededError` is raised. `FileNotFoundError` where the job's
        artifacts are gone, `AvatarError` where it cannot be played.
        """
        task = CurvesTask(source, performance, most_points, most_per_second)
        turn = turn or Turn()
        if turn.is_over:
            raise superseded()
        found: MotionOverview
        [found] = self._attempted(lambda: self._work([(self._processes[0], task)], turn))
        if self._warmed != source.framed:
            self._warmed = source.framed
            for process in self._processes:
                process.order(WarmTask(source, USUAL_SIDE))
        return found

    def preview(
        self,
        source: MotionSource,
        performance: Performance,
        frames: range,
        *,
        side: int = USUAL_SIDE,
        caller: Hashable,
        turn: Turn | None = None,
    ) -> bytes:
        """An MP4 of those frames with their sound, its longer side `side` pixels.

        A newer preview of the `caller`, and the end of `turn` by `leave`, end it: then `SupersededError` is raised.
        `BusyError` where too many wait; else as `curves`.
        """
        turn = turn or Turn()
        with (
            self._turns.turn(caller, turn),
            tempfile.TemporaryDirectory(dir=self._folder) as folder,
        ):
            return self._attempted(lambda: self._drawn(source, performance, frames, side, Path(folder), turn))

    def leave(self, turn: Turn) -> None:
        """Nobody waits for the preview or the curves of that turn any more."""
        self._turns.end(turn)

    def close(self) -> None:
        """End the processes, in the middle of a preview too."""
        self._is_closed = True
        for process in self._processes:
            process.close()

    def _drawn(
        self, source: MotionSource, performance: Performance, frames: range, side: int, folder: Path, turn: Turn
    ) -> bytes:
        sound, video = folder / "sound.m4a", folder / "preview.mp4"
        parts = shared_out(frames, len(self._processes))
        segments = [folder / f"{number}.mp4" for number in range(len(parts))]
        pictures = [
            PictureTask(source, performance, part.start, len(part), side, place)
            for part, place in zip(parts, segments, strict=True)
        ]
        last = len(parts) - 1
        given: list[tuple[PreviewProcess, Task]] = [
            (self._processes[last], SoundTask(source, frames.start, len(frames), sound)),
            *zip(self._processes, pictures, strict=False),
        ]
        self._work(given, turn)
        assemble_video(segments, sound, video, fps=source.rate)
        return video.read_bytes()

    def _work(self, given: Sequence[tuple[PreviewProcess, Task]], turn: Turn) -> list[Any]:
        """The answers, when all is done; where anything fails, or the turn ends, the rest is called off."""
        orders = [(process, *process.order(task)) for process, task in given]

        def call_off() -> None:
            for process, number, _ in orders:
                process.call_off(number)

        turn.on_end = call_off
        if turn.is_over:
            call_off()
        done, late = wait([answer for _, _, answer in orders], LONGEST_TASK_SECONDS, FIRST_EXCEPTION)
        failed = [error for answer in done if (error := answer.exception()) is not None]
        if late:
            call_off()
            self._end(late)
        if failed:
            raise superseded() if isinstance(failed[0], Abandoned) else failed[0]
        if late:
            raise _too_long()
        return [answer.result() for _, _, answer in orders]

    def _end(self, answers: Collection["Future[Any]"]) -> None:
        """What was called off ends; a process that does not hear it is killed."""
        if wait(answers, CALL_OFF_SECONDS).not_done:
            for process in self._processes:
                process.close()
            wait(answers)

    def _attempted(self, work: Callable[[], Value]) -> Value:
        """A process that dies costs another attempt; what kills every process is given up."""
        for _ in range(ATTEMPTS):
            try:
                return work()
            except ProcessDied:
                if self._is_closed:
                    raise BusyError("The service ends.", cure="Ask again when it runs.") from None
        raise RenderError(
            f"The preview cannot be drawn: it ended the process that did so, {ATTEMPTS} times.",
            cure="Render the job; it has engines to fall back on.",
        )


def shared_out(frames: range, processes: int) -> list[range]:
    """The frames in parts of about one length, one for each process at most; a short stretch stays whole."""
    parts = max(1, min(processes, len(frames) // LEAST_FRAMES))
    bounds = [len(frames) * part // parts for part in range(parts + 1)]
    return [frames[start:end] for start, end in pairwise(bounds)]


def _sweep(folder: Path) -> None:
    """Removes what a service that was killed left behind; another one may do so at the same time."""
    for left in folder.iterdir():
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - LEFT_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _too_long() -> RenderError:
    return RenderError(
        f"The preview was not drawn within {LONGEST_TASK_SECONDS:.0f} s.", cure="Ask for a shorter stretch."
    )
