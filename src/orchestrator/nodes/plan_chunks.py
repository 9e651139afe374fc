"""Chooses the engine, sends out the chunks that are missing, and starts over with the next engine when one fails."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from langgraph.runtime import Runtime
from langgraph.types import Send

from avatar.types import Choice, Size, frame_count
from models.hardware import Hardware
from orchestrator.artifacts import artifact_key
from orchestrator.captions import load_captions
from orchestrator.choosing import chosen_engine
from orchestrator.chunks import chunk_lengths, chunk_total, drawn_chunks
from orchestrator.context import RunContext
from orchestrator.enhancing import chosen_enhancer, enhancer_record, file_size
from orchestrator.nodes.assemble import video_path
from orchestrator.nodes.soundtrack import soundtrack_path
from orchestrator.request import Job, video_settings
from orchestrator.state import AvatarState, ChunkTask, EnhancerRecord, RenderRecord, Update, choice_record
from orchestrator.stream_plan import StreamPlan, save_plan
from video_processor.captions.font import CaptionFont, caption_font
from video_processor.encoding import estimated_bytes, require_free_space
from video_processor.enhancement.restoring import GFPGAN

ASSEMBLE: Final = "assemble"
VIDEO_GENERATION: Final = "video_generation"
SOUNDTRACK: Final = "soundtrack"

SHOWN_LETTERS: Final = 20

WAVE_CHUNKS_PER_WORKER: Final = 32
"""With so many, workers wait for the last chunk of a wave for at most 3 % of the time."""


def plan_chunks(state: AvatarState, runtime: Runtime[RunContext]) -> Update:
    """Runs before the chunks and after each wave of them.

    One video has one engine and one enhancer, whatever was drawn before.
    """
    context = runtime.context
    failed = {error["engine"]: error["message"] for error in state.get("errors", ()) if error["engine"]}
    render = state.get("render")
    update: Update = {}
    if render is None or render["engine"] in failed or render["enhancer"]["kind"] in failed:
        choice = chosen_engine(context, Size(state["width"], state["height"]), failed)
        update = _new_render(state, context, choice, failed)
        render = update["render"]
        video, sound = video_path(context, render), soundtrack_path(context)
        save_plan(context.folder, StreamPlan(render=render, soundtrack=str(sound), video=str(video)))
        if context.artifacts.is_finished(video):
            update["final_video"] = str(video)
    if (finished := len(_finished(state, render))) < chunk_total(render) and "final_video" not in update:
        context.report.chunks(finished, chunk_total(render))
    return update


def next_chunks(state: AvatarState, runtime: Runtime[RunContext]) -> list[Send] | str:
    """A wave of the chunks that are still missing, the first with the soundtrack beside it, or on to the assembly.

    A wave is bounded so that finished chunks reach a checkpoint, a failed engine is noticed and no list grows with
    the length of the sound. An engine that needs its chunks in order gets them one by one.
    """
    render = state["render"]
    finished = _finished(state, render)
    missing = [index for index in range(chunk_total(render)) if index not in finished]
    if "final_video" in state or not missing:
        runtime.context.drawing.end()
        return ASSEMBLE
    sequential = runtime.context.engines[render["engine"]].capabilities.sequential
    wave = 1 if sequential else WAVE_CHUNKS_PER_WORKER * runtime.context.settings.workers
    sends = [Send(VIDEO_GENERATION, ChunkTask(index=index, render=render)) for index in missing[:wave]]
    return [*_soundtrack(state), *sends]


def _soundtrack(state: AvatarState) -> list[Send]:
    if "soundtrack" in state["artifacts"]:
        return []
    sound = AvatarState(audio_input=state["audio_input"], audio_features=state["audio_features"])
    return [Send(SOUNDTRACK, sound)]


def _finished(state: AvatarState, render: RenderRecord) -> set[int]:
    return set(drawn_chunks(state, render))


def _new_render(state: AvatarState, context: RunContext, choice: Choice, failed: Mapping[str, str]) -> Update:
    job, artifacts = context.job, state["artifacts"]
    enhancer = chosen_enhancer(context, state["magnification"], failed)
    record = enhancer_record(job, enhancer)
    captions = artifacts.get("captions", "") if job.burn_captions else ""
    made_of = [context.artifacts.name(path) for path in (artifacts["motion"], artifacts["framed"], captions) if path]
    seconds = state["audio_features"]["duration"]
    frames = frame_count(seconds, job.rate)
    settings, drawn = context.settings, Size(state["width"], state["height"])
    size = file_size(job, drawn)
    opening, length = chunk_lengths(frames, job.rate, settings.chunk_seconds, settings.workers, size)
    made_by: list[Any] = [*_drawn_by(context, choice.name), _made_by(record, context.hardware), list(size)]
    made_by += [opening, length]
    made_by += [job.format, _picture_coding(job), video_settings(settings)]
    font = _font(context, captions)
    made_by += [font.name] if font else []
    render: RenderRecord = {
        "key": artifact_key("segment", made_of, made_by),
        "engine": choice.name,
        "motion": artifacts["motion"],
        "portrait": artifacts["framed"],
        "samples": artifacts["samples"],
        "fps": job.fps,
        "width": size.width,
        "height": size.height,
        "drawn_width": drawn.width,
        "drawn_height": drawn.height,
        "enhancer": record,
        "frames": frames,
        "opening": opening,
        "chunk_frames": length,
        "magnification": state["magnification"],
        "format": job.format,
        "transparent": job.transparent,
        "captions": captions,
        "caption_font": font.path if font else "",
    }
    _require_room(context, size, frames, seconds)
    notes = [_lacking(font)] if font and font.lacking else []
    return {
        "render": render,
        "renderer": choice_record(choice),
        "enhancer": choice_record(enhancer.choice),
        "notes": notes,
    }


def _made_by(record: EnhancerRecord, hardware: Hardware) -> list[Any]:
    """What of it changes the frames."""
    used = {"unsharp": ("sigma",), "detail": ("strength",), "gfpgan": ("strength", "every")}
    values = cast(dict[str, Any], record)
    computing = _computing(hardware, GFPGAN) if record["kind"] == GFPGAN else []
    return [record["kind"], *(values[name] for name in used.get(record["kind"], ())), *computing]


def _picture_coding(job: Job) -> list[str | int]:
    return [job.coding.codec, job.coding.crf, job.coding.effort]


def _drawn_by(context: RunContext, engine: str) -> list[str | int]:
    """What makes an engine's frames others; one without a network draws the same everywhere."""
    hardware, version = context.hardware, context.engines[engine].capabilities.version
    return [engine, version, *(_computing(hardware, engine) if engine in hardware.profile.batches else [])]


def _computing(hardware: Hardware, network: str) -> list[str]:
    return [hardware.device.kind, hardware.precision(network)]


def _font(context: RunContext, captions: str) -> CaptionFont | None:
    """The font of the captions in the picture; None where there are none."""
    if not captions:
        return None
    text = "".join(cue.text for cue in load_captions(Path(captions)))
    return caption_font(text, context.settings.caption_font)


def _lacking(font: CaptionFont) -> str:
    more = "…" if len(font.lacking) > SHOWN_LETTERS else ""
    return (
        f"The captions in the picture lack {len(font.lacking)} letters ({font.lacking[:SHOWN_LETTERS]}{more}): no font "
        f"of this machine has them; {font.name} was used. Install one, such as Noto Sans CJK, or set CAPTION_FONT."
    )


def _require_room(context: RunContext, size: Size, frames: int, seconds: float) -> None:
    """Raises `DiskSpaceError` before anything is drawn."""
    job = context.job
    needed = estimated_bytes(
        size,
        frames,
        crf=job.coding.crf,
        preset=job.coding.effort,
        sound_seconds=seconds,
        sound_bitrate=job.coding.audio_bitrate,
        name=job.format,
    )
    require_free_space(context.artifacts.folder, needed)
    require_free_space(Path(job.output).parent, needed)
