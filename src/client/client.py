"""The service as a Python object."""

import math
import mimetypes
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import httpx

from client.connection import Connection
from client.downloads import download
from client.errors import AvatarServiceError
from client.events import follow
from client.job_fields import JobFields, RerenderFields, uploaded
from client.live.async_session import AsyncLiveSession
from client.live.messages import LiveFields
from client.live.opening import Opening
from client.live.session import LiveSession
from client.records import Batch, Character, Job, JobPage, Status, Upload, batch_of, job_of, page_of, record
from client.speech import SoundFormat, SpeechFields, SpokenSound, Voices, spoken_of, voices_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

API: Final = "/api/v1"
PATIENCE_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 300.0
UPLOAD_SECONDS: Final = 300.0
PREVIEW_SIDE: Final = 192
CANCEL_IT: Final = "Cancel it first, or wait for its end."


class AvatarClient:
    """A connection to the service; close it, or use it in a `with` block. Safe for threads.

    While the service is busy (429, 503) or away, requests are made again for up to `patience` seconds, at the times
    that it names; those that would make a thing twice only where they were surely not taken. Files of this machine are
    uploaded first where a request names them. Every method raises `AvatarServiceError`.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8005",
        token: str | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._connection = Connection(base_url, token, patience, transport)
        self._name = secrets.token_hex(8)

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def generate(self, *, wait: float = WAIT_SECONDS, **asked: "Unpack[JobFields]") -> Job:
        """The finished job; the job as it stands where that takes longer than `wait` seconds. Raises where it fails.

        It is waited for through restarts of the service.
        """
        job = self.submit(**asked)
        try:
            return self.wait_for(job, timeout=wait)
        except TimeoutError:
            return self.job(job)

    def submit(self, **asked: "Unpack[JobFields]") -> Job:
        """The job, waiting its turn."""
        return job_of(self._post("/jobs", json=self._uploaded(asked)))

    def job(self, job: Job | str) -> Job:
        return job_of(self._get(_path(job)))

    def jobs(
        self,
        *,
        status: Status | None = None,
        batch: str | None = None,
        character: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> JobPage:
        """A page of jobs, newest first; `next_cursor` of one page is the `cursor` of the next."""
        wanted = {"status": status, "batch": batch, "character": character, "cursor": cursor, "limit": limit}
        return page_of(self._get("/jobs", {name: value for name, value in wanted.items() if value is not None}))

    def events(self, job: Job | str, *, timeout: float = math.inf) -> Iterator[Job]:
        """The job whenever it changes, up to its end or its review. Lost connections are made anew.

        Raises TimeoutError after `timeout` seconds.
        """
        for event in follow(self._connection, f"{API}{_path(job)}/events", time.monotonic() + timeout):
            yield job_of(event.data)

    def wait_for(self, job: Job | str, *, timeout: float = math.inf) -> Job:
        """The job at its end or at its review. Raises where it failed, and TimeoutError after `timeout` seconds."""
        seen = None
        for newer in self.events(job, timeout=timeout):
            seen = newer
        return _not_failed(seen or self.job(job))

    def cancel(self, job: Job | str) -> Job:
        """Ends a job that has not ended, a running one within a chunk; one that has ended stays as it is."""
        try:
            return job_of(self._call("POST", f"{_path(job)}/cancel", repeatable=True).json())
        except AvatarServiceError as error:
            if error.status != httpx.codes.CONFLICT:
                raise
            return self.job(job)

    def remove(self, job: Job | str) -> None:
        """Forgets a job that has ended, and its video. Raises where it has not ended."""
        found = self.job(job)
        if not found.has_ended:
            raise AvatarServiceError(f"The job {found.job_id} is {found.status}.", kind="ConflictError", cure=CANCEL_IT)
        self._call("DELETE", _path(job), repeatable=False)

    def performance(self, job: Job | str) -> dict[str, Any]:
        """What the face is to do, as a job that waits for its review has it."""
        performance: dict[str, Any] = self._get(f"{_path(job)}/performance")
        return performance

    def save_performance(self, job: Job | str, performance: Mapping[str, Any]) -> dict[str, Any]:
        """Replaces the performance of a job that waits for its review: `performance` as it will be played, `notes`."""
        answer = self._call("PUT", f"{_path(job)}/performance", repeatable=True, json=dict(performance))
        stored: dict[str, Any] = answer.json()
        return stored

    def resume(self, job: Job | str, performance: Mapping[str, Any] | None = None) -> Job:
        """Lets a job go on that waits for its review, with another performance where one is given."""
        body = {} if performance is None else {"json": dict(performance)}
        return job_of(self._post(f"{_path(job)}/resume", **body))

    def rerender(self, job: Job | str, **changes: "Unpack[RerenderFields]") -> Job:
        """Another video of the job's speech, as a new job; what is left out is as in the job. See `RerenderFields`."""
        return job_of(self._post(f"{_path(job)}/rerender", json=self._uploaded(changes)))

    def speech(self, job: Job | str) -> dict[str, Any]:
        """What is said in a job that waits for its review or is completed: words, phrases, stress, emotions, peaks."""
        speech: dict[str, Any] = self._get(f"{_path(job)}/speech")
        return speech

    def curves(self, job: Job | str, performance: Mapping[str, Any], *, fps: float | None = None) -> dict[str, Any]:
        """The motion that the performance would give the job, in curves of at most `fps` points a second."""
        body = {"performance": dict(performance), "fps": fps}
        curves: dict[str, Any] = self._call("POST", f"{_path(job)}/curves", repeatable=True, json=body).json()
        return curves

    def trace(self, job: Job | str) -> dict[str, Any]:
        """What each stage and chunk took, and what a model was asked, as OTLP JSON; of a running job too."""
        trace: dict[str, Any] = self._get(f"{_path(job)}/trace")
        return trace

    def preview(
        self, job: Job | str, performance: Mapping[str, Any], start: float, end: float, *, side: int = PREVIEW_SIDE
    ) -> bytes:
        """A small MP4 of what the performance would give the job between two times; at most 20 s of it."""
        body = {"performance": dict(performance), "start": start, "end": end, "side": side, "client": self._name}
        return self._call("POST", f"{_path(job)}/preview", repeatable=True, json=body).content

    def download(self, job: Job | str, path: str | Path) -> Path:
        """The finished video in the file `path`, which is there whole or not at all."""
        download(self._connection, f"{API}{_path(job)}/video", Path(path))
        return Path(path)

    def captions(self, job: Job | str, path: str | Path) -> Path:
        """What is said in the finished video, in the file `path`: SubRip where it ends in .srt, else WebVTT."""
        form = "srt" if Path(path).suffix.lower() == ".srt" else "vtt"
        download(self._connection, f"{API}{_path(job)}/captions.{form}", Path(path))
        return Path(path)

    def batch(self, jobs: Sequence[JobFields]) -> Batch:
        """Many jobs: all of them are accepted, or none."""
        bodies = [self._uploaded(asked) for asked in jobs]
        return batch_of(self._post("/batches", json={"jobs": bodies}))

    def batch_csv(self, path: str | Path) -> Batch:
        """The same from a CSV file, whose header names fields of the service: `image_path,text,language`."""
        return batch_of(self._post("/batches", content=Path(path).read_bytes(), headers={"Content-Type": "text/csv"}))

    def batch_state(self, batch: Batch | str) -> Batch:
        return batch_of(self._get(f"/batches/{batch if isinstance(batch, str) else batch.batch_id}"))

    def upload(self, path: str | Path, kind: str | None = None) -> Upload:
        """Brings a file of this machine to the service; `kind` is image, audio or video, and told by the name if left
        out. The same content is kept once.
        """
        file = Path(path)
        answer = self._call(
            "POST", f"/upload/{kind or _kind(file)}", repeatable=True, file=file, timeout=UPLOAD_SECONDS
        )
        return record(Upload, answer.json())

    def characters(self) -> list[Character]:
        return [record(Character, values) for values in self._get("/characters")["characters"]]

    def character(self, character: str) -> Character:
        return record(Character, self._get(f"/characters/{character}"))

    def create_character(self, name: str, image: str | Path, **profile: Any) -> Character:
        """`profile`: voice, language, speaker, direction, controls, framing, background, face."""
        image_path = self.upload(image, "image").path
        body = {"name": name, "image_path": image_path, **profile}
        return record(Character, self._post("/characters", json=body))

    def change_character(self, character: str, **profile: Any) -> Character:
        return record(Character, self._call("PATCH", f"/characters/{character}", repeatable=True, json=profile).json())

    def remove_character(self, character: str) -> None:
        self._call("DELETE", f"/characters/{character}", repeatable=False)

    def give_voice(self, character: str, sample: str | Path, *, given_by: str, statement: str) -> dict[str, Any]:
        """Lets a character speak with the voice of a recording of 6 s to 2 min, a file of this machine.

        `given_by` says whose consent it is, `statement` in which words. What is known of the recording.
        """
        body = {
            "sample_path": self.upload(sample, "audio").path,
            "consent": {"given_by": given_by, "statement": statement},
        }
        answer = self._call("PUT", f"/characters/{character}/voice-sample", repeatable=True, json=body)
        told: dict[str, Any] = answer.json()
        return told

    def remove_voice(self, character: str) -> None:
        """Removes the recording of a character's voice at once."""
        self._call("DELETE", f"/characters/{character}/voice-sample", repeatable=False)

    def voices(self, language: str | None = None) -> Voices:
        """The engines that speak, with their voices and what they lack; only what speaks `language` if one is given."""
        return voices_of(self._get("/voices", {} if language is None else {"language": language}))

    def speak(self, text: str, *, format: SoundFormat = "wav", **how: "Unpack[SpeechFields]") -> SpokenSound:  # noqa: A002
        """The text, spoken. It has 10,000 characters at most."""
        body = {"text": text, "format": format, **{name: value for name, value in how.items() if value is not None}}
        return spoken_of(self._call("POST", "/speech", repeatable=True, json=body, timeout=WAIT_SECONDS), format)

    def live(self, **fields: "Unpack[LiveFields]") -> LiveSession:
        """A live session, which is open in its `with` block. A busy service is not waited for."""
        return LiveSession(self._opening(fields))

    def live_async(self, **fields: "Unpack[LiveFields]") -> AsyncLiveSession:
        """The same for asyncio, in an `async with` block."""
        return AsyncLiveSession(self._opening(fields))

    def _opening(self, fields: Mapping[str, Any]) -> Opening:
        url, headers = self._connection.socket()
        return Opening(url, headers, fields, lambda file: self.upload(file, "image").path)

    def status(self) -> dict[str, Any]:
        """Engines and why each is or is not available, the queue, workers, the disk."""
        status: dict[str, Any] = self._get("/status")
        return status

    def models(self) -> list[dict[str, Any]]:
        """The model files of the service: state, size, licence, who uses them, and how far their downloads are."""
        models: list[dict[str, Any]] = self._get("/models")["models"]
        return models

    def download_model(self, name: str, *, group: bool = False) -> list[dict[str, Any]]:
        """Begins to bring a file by its key, a group's files, or `all` that may be used; `models` tells how far."""
        return self._download("POST", name, group)

    def cancel_download(self, name: str, *, group: bool = False) -> list[dict[str, Any]]:
        """Ends the download of these files; what has arrived is kept for another time."""
        return self._download("DELETE", name, group)

    def _download(self, method: str, name: str, group: bool) -> list[dict[str, Any]]:
        params = {"group": "true"} if group else {}
        answer = self._call(method, f"/models/{name}/download", repeatable=True, params=params)
        models: list[dict[str, Any]] = answer.json()["models"]
        return models

    def _uploaded(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return uploaded(asked, lambda kind, file: self.upload(file, kind).path)

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        return self._call("GET", path, repeatable=True, params=params).json()

    def _post(self, path: str, **options: Any) -> Any:
        return self._call("POST", path, repeatable=False, **options).json()

    def _call(self, method: str, path: str, *, repeatable: bool, **options: Any) -> httpx.Response:
        return self._connection.call(method, f"{API}{path}", repeatable=repeatable, **options)


def _path(job: Job | str) -> str:
    return f"/jobs/{job if isinstance(job, str) else job.job_id}"


def _kind(file: Path) -> str:
    guessed, _ = mimetypes.guess_type(file.name)
    kind = (guessed or "").partition("/")[0]
    if kind not in ("image", "audio", "video"):
        raise AvatarServiceError(
            f"The name {file.name} does not tell whether it is a picture, a sound or a video.",
            kind="InputError",
            cure="Give `kind`: image, audio or video.",
        )
    return kind


def _not_failed(job: Job) -> Job:
    if job.error is not None:
        raise AvatarServiceError(job.error.message, kind=job.error.kind, cure=job.error.cure, job_id=job.job_id)
    return job
