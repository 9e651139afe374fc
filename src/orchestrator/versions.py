"""Another version of a video that lies on this machine: its run is found by the video's file."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from avatar.errors import NotFoundError
from avatar.files import atomic_file
from avatar.settings import Settings
from orchestrator.checkpoints import open_checkpoints
from orchestrator.driving import remembered_by
from orchestrator.given_files import absolute_path
from orchestrator.presets import another_preset
from orchestrator.request import JobRequest
from orchestrator.state import AvatarState

SCORE_FILE: Final = "score"
"""In a job's folder: the checkpoint of its ended run is kept, since this was written. Its lines are the places that the
video was put in."""

MOST_PLACES: Final = 20
AS_IT_WAS: Final = (
    "image",
    "text",
    "expression_from",
    "voice",
    "voice_sample",
    "fps",
    "width",
    "height",
    "preset",
    "renderer",
    "director",
    "seed",
    "framing",
    "background",
    "face",
    "transcript",
    "transcriber",
    "transcriber_size",
    "burn_captions",
    "enhance",
    "enhance_strength",
    "enhance_every",
    "upscale",
)


def remember_place(folder: Path, video: str) -> None:
    """Where the score of the job in that folder is kept, note that its video was put there just now."""
    score = folder / SCORE_FILE
    with suppress(FileNotFoundError):
        others = [place for place in score.read_text(encoding="utf-8").splitlines() if place != video]
        with atomic_file(score) as partial:
            partial.write_text("\n".join([*others[-MOST_PLACES:], video]), encoding="utf-8")


def another_version(video: Path, output: Path, changes: Mapping[str, Any], settings: Settings) -> JobRequest:
    """What makes the video anew at `output`, but for `changes`: fields of a `JobRequest`, where None is no change.

    Raises `NotFoundError` where it was made elsewhere, or long ago.
    """
    thread_id = _thread_of(absolute_path(video), settings)
    with open_checkpoints(settings) as saver:
        state = None if thread_id is None else remembered_by(saver, thread_id)
    if not state or "director" not in state:
        raise NotFoundError(
            f"What {video} was made of is not known here.",
            cure="Give one that was made with the same DATA_DIR within RETENTION_DAYS, or ask for it by `generate`.",
        )
    given = {name: value for name, value in changes.items() if value not in (None, {})}
    origin = {"job": "", "thread": str(thread_id)}
    anew = another_preset(given["preset"]) if "preset" in given else {}
    made_of = {**_as_it_was(state), **anew, **_played(state, given)}
    return JobRequest(**{**made_of, "output": output, "forked_from": origin})


def _thread_of(video: Path, settings: Settings) -> str | None:
    """The newest of those that put a video there."""
    found = []
    for score in (settings.data_dir / "jobs").glob(f"*/{SCORE_FILE}"):
        with suppress(FileNotFoundError):
            if str(video) in score.read_text(encoding="utf-8").splitlines():
                found.append((score.stat().st_mtime, score.parent.name))
    return max(found)[1] if found else None


def _as_it_was(state: AvatarState) -> dict[str, Any]:
    job = state["request"]
    values: dict[str, Any] = {name: job[name] for name in AS_IT_WAS if name in job}
    values["audio"] = None if job["lips"] == "expression" else job["audio"]
    values["language"] = job["language"] or None
    values["speaker"] = job.get("speaker") or None
    return values


def _played(state: AvatarState, given: Mapping[str, Any]) -> dict[str, Any]:
    """The changes, with what is played: the performance as it was unless another one, or a direction, is given."""
    job = state["request"]
    values = {"face": None, **given} if "image" in given else dict(given)
    if "direction" in given or "director" in given:
        controls = {**job["controls"], **given.get("controls", {})}
        return {"direction": job["direction"], **values, "controls": controls}
    return {"performance": state["performance"], **values}
