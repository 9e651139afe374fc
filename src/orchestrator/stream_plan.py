"""What a run tells those who watch its video while it renders: a file in the job's folder."""

import json
from pathlib import Path
from typing import Final, TypedDict

from avatar.files import atomic_file
from orchestrator.state import RenderRecord

PLAN_FILE: Final = "render.json"


class StreamPlan(TypedDict):
    """The chunks that are made, the soundtrack beside them, and the video that both become: paths of artifacts.

    The soundtrack's folder holds its frames, as `video_processor.sound_frames` has them.
    """

    render: RenderRecord
    soundtrack: str
    video: str


def save_plan(folder: Path, plan: StreamPlan) -> None:
    with atomic_file(folder / PLAN_FILE) as partial:
        partial.write_text(json.dumps(plan), encoding="utf-8")


def load_plan(folder: Path) -> StreamPlan | None:
    """The plan of the engine that draws; None before there is one."""
    try:
        plan: StreamPlan = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return plan


def forget_plan(folder: Path) -> None:
    """The job starts over: nobody is to watch what an earlier run made."""
    (folder / PLAN_FILE).unlink(missing_ok=True)
