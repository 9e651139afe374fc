"""The quality gate of a job: what was seen while its frames were drawn, and the finished file."""

import json
from pathlib import Path
from zipfile import BadZipFile

from avatar.errors import QualityError
from avatar.files import atomic_file
from avatar.types import Size
from orchestrator.artifacts import artifact_key
from orchestrator.chunks import chunk_total, look_path, segment_path
from orchestrator.context import RunContext
from orchestrator.state import CheckRecord, RenderRecord
from video_processor.motion.export import load_motion
from video_processor.portrait import load_portrait
from video_processor.quality.film import film_facts, look_at_film
from video_processor.quality.gate import Check, Subject, inspect
from video_processor.quality.looks import Box, Look, joined, load_look, mouth_of


def inspected(context: RunContext, render: RenderRecord, video: Path) -> list[CheckRecord]:
    """What was checked, as an artifact beside the video.

    Raises `QualityError`; then the video is removed, and its segments, so that nothing of it is used again.
    """
    path = context.artifacts.path("quality", artifact_key(context.artifacts.name(str(video))), ".json")
    try:
        return context.artifacts.kept(path, lambda: _checks(context, render, video), _save, _load)
    except QualityError:
        _remove(context, render, video)
        raise


def _checks(context: RunContext, render: RenderRecord, video: Path) -> list[CheckRecord]:
    portrait = load_portrait(Path(render["portrait"]))
    moves = context.engines[render["engine"]].capabilities.moves
    subject = Subject(portrait, load_motion(Path(render["motion"])), moves)
    mouth = mouth_of(portrait, Size(render["width"], render["height"]))
    checks = inspect(_look(context, render, video, mouth), film_facts(video), subject)
    return [_record(check) for check in checks]


def _record(check: Check) -> CheckRecord:
    record = CheckRecord(name=check.name, done=check.done, detail=check.detail)
    return record if check.measure is None else {**record, "measure": check.measure}


def _look(context: RunContext, render: RenderRecord, video: Path, mouth: Box | None) -> Look:
    """At the frames as they were drawn; where that is not known, as they can be decoded."""
    folder = context.artifacts.folder
    looks: list[Look] = []
    for index in range(chunk_total(render)):
        look, segment = _drawn(look_path(folder, render, index)), segment_path(folder, render, index)
        if look is None and not segment.exists():
            return look_at_film(video, mouth)
        looks.append(look_at_film(segment, mouth) if look is None else look)
    return joined(looks)


def _drawn(path: Path) -> Look | None:
    try:
        return load_look(path)
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _remove(context: RunContext, render: RenderRecord, video: Path) -> None:
    folder = context.artifacts.folder
    for index in range(chunk_total(render)):
        segment_path(folder, render, index).unlink(missing_ok=True)
        look_path(folder, render, index).unlink(missing_ok=True)
    video.unlink(missing_ok=True)


def _save(path: Path, checks: list[CheckRecord]) -> None:
    with atomic_file(path) as partial:
        partial.write_text(json.dumps(checks, ensure_ascii=False), encoding="utf-8")


def _load(path: Path) -> list[CheckRecord]:
    found: list[CheckRecord] = json.loads(path.read_text(encoding="utf-8"))
    return found
