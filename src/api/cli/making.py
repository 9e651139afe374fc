"""Makes a video for a command: models first, progress on standard error, then what became of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import typer

from api.cli.foretelling import foretold
from api.cli.progress import Display, progress_display
from avatar.errors import InputError
from avatar.files import atomic_file
from avatar.settings import Settings, load_settings
from avatar.types import Choice
from models.downloads import Transfer
from models.hardware import hardware_of
from models.weights import WeightStore
from orchestrator.choosing import wants_of
from orchestrator.completing import complete_job
from orchestrator.context import Progress
from orchestrator.director.choice import check_director
from orchestrator.enhancing import require_checkpoint
from orchestrator.given_files import absolute_path
from orchestrator.request import JobRequest
from orchestrator.result import JobResult
from orchestrator.run import RUNNING_FILE, run_job
from orchestrator.voicing import speaker_for
from orchestrator.wording import recogniser_for
from video_processor.hybrid_generator import choose, engines
from video_processor.motion.export import export_saved

BYTES_PER_MEGABYTE: Final = 1_000_000
NOT_INSTALLED: Final = ("lacks", "needs the extra")
"""Words after the name of an engine that nobody has installed, or not wholly."""


def make_and_tell(request: JobRequest, *, export: Path | None, fresh: bool, resume: bool, as_json: bool) -> None:
    """All of `generate` but the reading of its options. Raises `AvatarError`."""
    if resume and fresh:
        raise InputError("--resume and --fresh were both given.", cure="Give one of them.")
    tell(make_video(request, load_settings(), fresh=fresh, resume=resume), request, export, as_json=as_json)


def make_video(request: JobRequest, settings: Settings, *, fresh: bool = False, resume: bool = False) -> JobResult:
    """Checks the request, brings missing models, makes the video. Raises `AvatarError`."""
    store = WeightStore.of(settings)
    job = complete_job(request, settings)
    check_director(job.director, settings, is_asked=job.performance is None)
    recogniser_for(job, store)
    speaker_for(job, settings)
    hardware = hardware_of(settings)
    choice = choose(job.renderer, engines(store, hardware), store, wants=wants_of(job), hardware=hardware)
    require_checkpoint(job, store)
    if resume and not (settings.data_dir / "jobs" / job.thread_id(settings) / RUNNING_FILE).exists():
        typer.echo("There is no interrupted run of this request to go on with.", err=True)
    if said := foretold(job, choice.name, hardware, settings):
        typer.echo(said, err=True)
    with progress_display() as display:
        bring_models(store, [file.key for file in store.files if file.required], display)

        def show(progress: Progress) -> None:
            display.show(progress.stage, progress.done, progress.total)

        return run_job(request, settings, on_progress=show, fresh=fresh)


def bring_models(store: WeightStore, keys: list[str], display: Display) -> None:
    """Downloads those of the model files that are missing. Raises `WeightsError`."""

    def show(transfer: Transfer) -> None:
        label = f"Downloading {transfer.name}"
        display.show(label, transfer.done, transfer.total, unit=BYTES_PER_MEGABYTE, unit_name="MB")

    store.fetch([key for key in keys if not store.is_present(key)], show)


def tell(result: JobResult, request: JobRequest, export: Path | None, *, as_json: bool) -> None:
    """Writes the motion where it was asked for, and says what became of the request."""
    waiting, said = None, []
    if result.status == "waiting_review":
        waiting, kept = _write_performance(result, request)
        said = _review_words(waiting, export, kept=kept)
    elif export is not None and result.motion is not None:
        portrait = None if result.portrait is None else Path(result.portrait)
        export_saved(Path(result.motion), portrait, absolute_path(export))
    if waiting is None and not as_json:
        said = _summary(result)
    for line in said:
        typer.echo(line, err=True)
    if as_json:
        typer.echo(json.dumps(_facts(result, export, waiting, said), ensure_ascii=False, indent=2))
    else:
        typer.echo(result.video if waiting is None else waiting)


def _review_words(waiting: Path, export: Path | None, *, kept: bool) -> list[str]:
    """What to do with the performance that waits, and what comes of it later."""
    lines = []
    if kept:
        lines.append(
            f"{waiting} was there and differs from the director's performance; it is kept as it is. "
            "Remove it, and give the same command, for the director's."
        )
    lines.append(
        "The performance waits for review. Edit it, or leave it as it is, and give the same command with "
        f'--performance "{waiting}".'
    )
    if export is not None:
        lines.append(f"The motion is written to {export} once the review is over.")
    return lines


def _write_performance(result: JobResult, request: JobRequest) -> tuple[Path, bool]:
    """The file beside the output, and whether it is an older one with other content, which is left alone."""
    path = Path(request.output).expanduser().with_suffix(".performance.json")
    content = (json.dumps(result.performance, ensure_ascii=False, indent=2) + "\n").encode("utf-8")
    if path.is_dir():
        raise InputError(f"The performance cannot be written: {path} is a folder.", cure="Give another --output.")
    if path.exists():
        return path, path.read_bytes() != content
    with atomic_file(path) as partial:
        partial.write_bytes(content)
    return path, False


def _facts(result: JobResult, export: Path | None, waiting: Path | None, said: list[str]) -> dict[str, Any]:
    return {
        "status": result.status,
        "video": result.video,
        "duration": result.duration,
        "frames": result.frames,
        "fps": result.fps,
        "width": result.width,
        "height": result.height,
        "renderer": _choice(result.renderer),
        "enhancer": _choice(result.enhancer),
        "director": _choice(result.director),
        "direction_report": result.direction_report,
        "hearing": _choice(result.hearing),
        "speaker": _choice(result.speaker),
        "voices": result.voices,
        "transcriber": _choice(result.transcriber),
        "language": result.language,
        "text": result.transcribed_text,
        "captions": list(result.caption_files),
        "emotion": result.emotion,
        "emotion_sources": list(result.emotion_sources),
        "seconds": result.seconds,
        "served": result.served,
        "quality": list(result.quality),
        "notes": [*result.notes, *said],
        "errors": list(result.errors),
        "motion": None if export is None or waiting is not None else str(export),
        "performance": None if waiting is None else str(waiting),
    }


def _choice(choice: Choice | None) -> dict[str, Any] | None:
    return None if choice is None else asdict(choice)


def shortened(passed_over: Sequence[str]) -> list[str]:
    """Why others were not taken; several that are only not installed in one phrase."""
    absent = [said for said in passed_over if any(f" {word} " in said for word in NOT_INSTALLED)]
    if len(absent) < 2:
        return list(passed_over)
    others = [said for said in passed_over if said not in absent]
    return [*others, f"{len(absent)} others are not installed: `python main.py doctor` tells what they lack"]


def _summary(result: JobResult) -> list[str]:
    """Lines for people: what the video is, who made it and why, and what they should know."""
    size = f"{result.width}x{result.height}"
    took = "was there already" if result.served else f"took {result.seconds.get('total', 0.0):.1f} s"
    lines = [f"{result.duration:.1f} s, {result.frames} frames at {result.fps} a second, {size}; {took}."]
    words = None if result.transcriber is None or result.transcriber.name == "text" else result.transcriber
    roles = (
        ("Renderer", result.renderer),
        ("Enhancer", result.enhancer),
        ("Director", result.director),
        ("Speech found by", result.hearing),
        ("Transcriber", words),
        ("Speaker", result.speaker),
    )
    for role, choice in roles:
        if choice is not None:
            lines.append("; ".join([f"{role}: {choice.name} ({choice.why})", *shortened(choice.passed_over)]))
    lines += [f"Note: {note}" for note in result.notes]
    lines += [f"Captions: {path}" for path in result.caption_files]
    return lines + [f"Overcome: {error['message']}" for error in result.errors]
