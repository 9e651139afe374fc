"""A desk without face models, and a worker that ends jobs as tests want it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from PIL import Image as Pillow

from api.rest.service import Service
from avatar.emotions import shares
from avatar.errors import NoSuchFaceError, PortraitError
from avatar.files import file_digest
from avatar.settings import Settings
from avatar.types import Choice, EmotionReading
from orchestrator.jobs.dispatch import Order, Outcome
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobFailure, JobProgress, JobRecord
from orchestrator.portrait_desk import PortraitOutline
from orchestrator.result import JobResult
from tests.orchestrator.pipeline_fakes import write_picture
from video_processor.checks import Check
from video_processor.footage.film import is_film
from video_processor.media_info import video_info
from video_processor.portrait_report import PortraitReport, refused

LOCAL: Final = "http://127.0.0.1:8005"
VIDEO: Final = b"\0\0\0\x18ftypisom the bytes of a video"
PATIENCE_SECONDS: Final = 20.0


class FakeDesk:
    """In place of `PortraitDesk`: sees a face in every picture but black ones."""

    def __init__(self, settings: Settings) -> None:
        self.looked: list[str] = []

    def warm(self) -> None:
        """There is nothing to start."""

    def look(self, image: Path, face: int = 0) -> PortraitOutline:
        self.looked.append(image.name)
        if is_film(image):
            box = (0.25, 0.25, 0.5, 0.5)
            return PortraitOutline(file_digest(image), *video_info(image).size, box, (), (box,))
        with Pillow.open(image) as opened:
            width, height = opened.size
            if opened.convert("L").getextrema() == (0, 0):
                raise PortraitError(f"No face was found in {image.name}.", cure="Use a picture that shows one face.")
        if face:
            cure = "Leave the face out, or give 0."
            raise NoSuchFaceError(f"There is 1 face in {image.name}; it has no face {face}.", cure=cure)
        box = (0.25, 0.25, 0.5, 0.5)
        return PortraitOutline(file_digest(image), width, height, box, (), (box,))

    def report(self, image: Path, name: str, face: int = 0) -> PortraitReport:
        try:
            seen = self.look(image, face)
        except PortraitError as error:
            return refused(name, error)
        check = Check("mouth", 0.02, "eye distances", "good", "The mouth is closed.")
        return PortraitReport(name, "good", 100, (check,), digest=seen.digest, width=seen.width, height=seen.height)

    def close(self) -> None:
        """There is nothing to end."""


class FakeWorker:
    """Claims jobs from the service's real queue, and ends them without rendering."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._stop = threading.Event()

    def claim(self) -> JobRecord:
        record = self._service.dispatch.claim("worker-1")
        assert record is not None
        return record

    def report(self, job: str, **progress: Any) -> Order:
        """How far the job is, as fields of `JobProgress`, and what the worker is told to do."""
        return self._service.dispatch.renew(job, "worker-1", thread_id="a" * 32, progress=JobProgress(**progress))

    def complete(self, record: JobRecord) -> None:
        path = output_path(self._service.settings, record.id)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(VIDEO)
        self._finish(record, Outcome(status="completed", result=finished(video=str(path)).to_json()))

    def fail(self, record: JobRecord, *, mendable: bool) -> None:
        failure = JobFailure(kind="PortraitError", message="No face.", cure="Use another.", mendable=mendable)
        self._finish(record, Outcome(status="failed", failure=failure))

    def wait_for_review(self, record: JobRecord, **changes: Any) -> None:
        result = finished(status="waiting_review", frames=0, renderer=None, **changes).to_json()
        self._finish(record, Outcome(status="waiting_review", result=result))

    def end_by_seed(self, record: JobRecord) -> None:
        """Completes jobs with an even seed; the others fail."""
        if record.request.get("seed", 0) % 2:
            self.fail(record, mendable=True)
        else:
            self.complete(record)

    def cancel(self, record: JobRecord) -> None:
        self._finish(record, Outcome(status="cancelled"))

    @contextmanager
    def working(self, ending: str = "complete", **given: Any) -> Iterator[None]:
        """Ends every job in a thread, by the method named `ending`."""
        thread = threading.Thread(target=self._work, args=(ending, given))
        thread.start()
        try:
            yield
        finally:
            self.close()
            thread.join(PATIENCE_SECONDS)

    def close(self) -> None:
        self._stop.set()

    def _work(self, ending: str, given: dict[str, Any]) -> None:
        while not self._stop.is_set():
            record = self._service.dispatch.claim("worker-1")
            if record is None:
                self._stop.wait(0.02)
            else:
                getattr(self, ending)(record, **given)

    def _finish(self, record: JobRecord, outcome: Outcome) -> None:
        assert self._service.dispatch.finish(record.id, "worker-1", outcome)


def finished(**changes: Any) -> JobResult:
    values: dict[str, Any] = {
        "status": "finished",
        "thread_id": "a" * 32,
        "performance": {"version": 1, "controls": {"smile": 0.25}},
        "director": Choice("rules", "this version directs by rules"),
        "video": "/somewhere/out.mp4",
        "duration": 2.0,
        "frames": 50,
        "fps": "25",
        "width": 128,
        "height": 128,
        "renderer": Choice("puppet", "the best engine", ("other lacks a checkpoint",)),
        "emotion": "happy",
        "confidence": 0.5,
        "valence": 0.25,
        "arousal": -0.125,
        "emotion_sources": (asdict(EmotionReading("voice", shares({"happy": 1.0}), 0.25, -0.125, 0.5)),),
        "notes": ("two faces; took the larger",),
        "quality": ({"name": "black", "done": True, "detail": "all of it is lit"},),
        "errors": ({"stage": "video_generation", "engine": "other", "chunk": 1, "message": "other broke."},),
        "seconds": {"audio_processing": 0.5, "total": 1.25},
    }
    return JobResult(**{**values, **changes})


def picture_bytes(folder: Path) -> bytes:
    return write_picture(folder / "picture-to-send.png").read_bytes()
