"""Processes that are forked from one that has imported the pipeline, which takes longer than most of their work."""

import multiprocessing
from typing import Any, Final

PRELOADED: Final = (
    "tests.orchestrator.killed_run",
    "tests.orchestrator.desk_fakes",
    "tests.orchestrator.previews.preview_fakes",
    "orchestrator.database",
    "orchestrator.jobs.table",
)
METHOD: Final = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
"""Windows has no forks."""


def forks() -> Any:
    """The context of `multiprocessing` that starts them; one process to fork from serves all tests of a process."""
    context = multiprocessing.get_context(METHOD)
    if METHOD == "forkserver":
        context.set_forkserver_preload(list(PRELOADED))
    return context
