"""What the kills did: every accepted job counted, every video read, every repeated piece of work found."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final

import av

from avatar.files import PARTIAL_PREFIX
from avatar.settings import Settings
from avatar.telemetry import SpanRecord, read_spans
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobFilter, JobRecord
from orchestrator.jobs.table import SqlJobs
from orchestrator.run import SPANS_FILE

STAGES: Final = (
    "audio_processing",
    "portrait_analysis",
    "emotion_detection",
    "mistral_controller",
    "motion_synthesis",
    "soundtrack",
    "assemble",
)
LAST_FILES: Final = {"speech": "speech.npz", "soundtrack": "soundtrack.m4a"}
COMMIT_SECONDS: Final = 1.0
"""A stage whose process is killed so soon after it may not have reached a checkpoint."""

NO_WORK_SECONDS: Final = 0.1
"""A stage that is entered again and finds its artifact does nothing, and that quickly; the artifact stays the same."""

Inodes = dict[Path, int]


@dataclass
class Verdict:
    """Counts for the table, and every breach of a promise."""

    jobs: int = 0
    completed: int = 0
    frames: int = 0
    chunks: int = 0
    stages: int = 0
    stages_found_done: int = 0
    artifacts_watched: int = 0
    breaches: list[str] = field(default_factory=list)


def finished_artifacts(folder: Path) -> Inodes:
    """What is finished at this moment. A file that is made again has another inode."""
    found: Inodes = {}
    for artifact in (folder / "artifacts").glob("*"):
        for path in _finished_files(artifact):
            try:
                found[path] = path.stat().st_ino
            except FileNotFoundError:
                continue
    return found


def _finished_files(artifact: Path) -> list[Path]:
    """A folder is finished by its last file."""
    if artifact.name.startswith(PARTIAL_PREFIX):
        return []
    if not artifact.is_dir():
        return [artifact]
    last = LAST_FILES[artifact.name.partition("-")[0]]
    return list(artifact.iterdir()) if (artifact / last).exists() else []


def judge(jobs: SqlJobs, settings: Settings, accepted: list[str], unsure: int, kills: list[float]) -> Verdict:
    """`unsure` requests were cut off before their answer: each of them may or may not have become a job."""
    verdict = Verdict(jobs=len(accepted))
    rows = jobs.page(JobFilter(), limit=100_000)
    by_id = {row.id: row for row in rows}
    for job in accepted:
        if job not in by_id:
            verdict.breaches.append(f"the accepted job {job} is lost")
    if len(rows) > len(accepted) + unsure:
        verdict.breaches.append(f"{len(rows)} jobs came of {len(accepted) + unsure} requests")
    for row in rows:
        _judge_job(row, settings, verdict)
    for thread in sorted({row.thread_id for row in rows if row.thread_id}):
        _judge_spans(read_spans(settings.data_dir / "jobs" / thread / SPANS_FILE), thread, kills, verdict)
    return verdict


def judge_artifacts(seen: list[Inodes], folder: Path, verdict: Verdict) -> None:
    """Nothing that was finished at a kill has been made again since."""
    final = finished_artifacts(folder)
    watched = {path for inodes in seen for path in inodes}
    verdict.artifacts_watched = len(watched)
    replaced = {path for inodes in seen for path, inode in inodes.items() if final.get(path) != inode}
    verdict.breaches += [f"{path.name} was finished and then made again or lost" for path in sorted(replaced)]


def _judge_job(row: JobRecord, settings: Settings, verdict: Verdict) -> None:
    if row.status != "completed" or row.result is None:
        said = row.failure.message if row.failure else ""
        verdict.breaches.append(f"the job {row.id} is {row.status}. {said}")
        return
    verdict.completed += 1
    frames, seconds = _decoded(output_path(settings, row.id))
    verdict.frames += frames
    if frames != row.result["frames"] or frames != -(-row.result["duration"] * 25 // 1):
        verdict.breaches.append(f"the video of {row.id} has {frames} frames, not {row.result['frames']}")
    if abs(seconds - row.result["duration"]) > 1 / 25:
        verdict.breaches.append(f"the sound of {row.id} has {seconds:.2f} s, not {row.result['duration']:.2f}")


def _decoded(path: Path) -> tuple[int, float]:
    """Pictures and seconds of sound, all of them decoded."""
    with av.open(str(path)) as container:
        frames = sum(1 for _ in container.decode(video=0))
    with av.open(str(path)) as container:
        sound = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(sound))
        return frames, samples / (sound.rate or 1)


def _judge_spans(spans: list[SpanRecord], thread: str, kills: list[float], verdict: Verdict) -> None:
    drawn = Counter(span.attributes["chunk"] for span in spans if span.name == "encode" and span.error is None)
    verdict.chunks += len(drawn)
    verdict.breaches += [f"chunk {chunk} of {thread} was drawn {n} times" for chunk, n in drawn.items() if n > 1]
    for stage in STAGES:
        done = sorted((s for s in spans if s.name == stage and s.error is None), key=lambda span: span.start)
        verdict.stages += bool(done)
        for first, again in pairwise(done):
            if again.seconds < NO_WORK_SECONDS or _was_cut_off(first, kills):
                verdict.stages_found_done += 1
            else:
                verdict.breaches.append(f"{stage} of {thread} was finished and ran again")


def _was_cut_off(span: SpanRecord, kills: list[float]) -> bool:
    end = span.start + span.seconds
    return any(end - 0.05 <= kill <= end + COMMIT_SECONDS for kill in kills)
