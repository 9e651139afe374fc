"""The service, measured from outside: what it adds to the pipeline, and how soon a long video can be watched."""

import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import httpx

from api.cli.bench.serving import running_service
from avatar.errors import AvatarError

API: Final = "/api/v1"
SIZE: Final = {"resolution": "512", "fps": "25"}
WAIT_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Overhead:
    """Medians in seconds: from the request with its files to the answer, and how much of that was not the pipeline's.

    `stages` are those of the last job.
    """

    request: float
    added: float
    stages: dict[str, float]


@contextmanager
def warm_client(folder: Path, image: Path, audio: Path) -> Iterator[httpx.Client]:
    """A client of a service of its own, which has made one video."""
    with running_service(folder) as url, httpx.Client(base_url=url, timeout=WAIT_SECONDS) as client:
        _generated(client, image, audio)
        yield client


def measure_overhead(client: httpx.Client, image: Path, sounds: list[Path]) -> Overhead:
    """`sounds` are new to the service: the speech, the motion and every frame of each are made."""
    times, added = [], []
    for audio in sounds:
        began = time.perf_counter()
        job = _generated(client, image, audio)
        times.append(time.perf_counter() - began)
        added.append(times[-1] - job["seconds"]["total"])
    return Overhead(statistics.median(times), statistics.median(added), job["seconds"])


def first_picture_seconds(client: httpx.Client, image: Path, audio: Path) -> float:
    """From the request to the first part of the video that a player gets over HLS. The job is cancelled then."""
    began = time.perf_counter()
    job = _posted(client, f"{API}/jobs", image, audio)
    playlist = _read(_ready(client, job["stream_url"]))
    addresses = [line for line in playlist.text.splitlines() if line and not line.startswith("#")]
    _read(client.get(urljoin(job["stream_url"], addresses[0])))
    seconds = time.perf_counter() - began
    _read(client.delete(job["job_url"]))
    return seconds


def _ready(client: httpx.Client, address: str) -> httpx.Response:
    """What is at `address` once it is there; a job that has no picture yet says in how many seconds to ask again."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        response = client.get(address)
        again = response.headers.get("Retry-After")
        if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE or again is None or time.monotonic() > until:
            return response
        time.sleep(float(again))


def _generated(client: httpx.Client, image: Path, audio: Path) -> dict[str, Any]:
    job = _posted(client, f"{API}/generate", image, audio)
    if job["status"] != "completed":
        raise AvatarError(f"The job {job['job_id']} is {job['status']} after {WAIT_SECONDS:g} s.")
    return job


def _posted(client: httpx.Client, address: str, image: Path, audio: Path) -> dict[str, Any]:
    with ExitStack() as opened:
        files = {name: opened.enter_context(path.open("rb")) for name, path in (("image", image), ("audio", audio))}
        job: dict[str, Any] = _read(client.post(address, data=SIZE, files=files)).json()
    return job


def _read(response: httpx.Response) -> httpx.Response:
    if not response.is_success:
        raise AvatarError(f"{response.request.method} {response.request.url} answered: {response.text[:1000]}")
    return response
