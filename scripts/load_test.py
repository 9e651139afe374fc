"""Many clients at once: each posts jobs and gets 202 or 429, and the state of jobs is told quickly while they render.

`python scripts/load_test.py` starts a service of its own; `--url` takes one that runs. Ends with 1 where an answer was
an error or a job was lost, and with `--strict` also where the state was told too slowly.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from api.cli.bench.serving import running_service
from avatar.settings import load_settings

API: Final = "/api/v1"
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
PAUSE_SECONDS: Final = 1.0
ENDED: Final = ("completed", "failed", "cancelled")


@dataclass(slots=True)
class Report:
    """What happened. `answers` counts the statuses of posts; `looks` are milliseconds of status calls."""

    answers: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    looks: list[float] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, share: float) -> float:
        ordered = sorted(self.looks)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

    @property
    def lost(self) -> int:
        return self.accepted - self.ends["completed"]

    def to_json(self) -> dict[str, Any]:
        looks = {name: round(self.percentile(share), 1) for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}
        counts = {"answers": dict(self.answers), "accepted": self.accepted, "ends": dict(self.ends), "lost": self.lost}
        return {**counts, "errors": self.errors, "looks": len(self.looks), "look_ms": looks, "seconds": self.seconds}


async def client(http: httpx.AsyncClient, report: Report, number: int, together: asyncio.Event) -> None:
    """One client: posts a job when all are ready, and looks at it until it has ended."""
    seed = int(time.time()) + number
    body = {"character": "grace-hopper", "text": f"I am number {number}.", "resolution": 128, "seed": seed}
    await together.wait()
    try:
        answer = await http.post(f"{API}/jobs", json=body)
        report.answers[str(answer.status_code)] += 1
        if answer.status_code == httpx.codes.ACCEPTED:
            report.accepted += 1
            await follow(http, report, answer.json()["job_id"])
        elif answer.status_code != httpx.codes.TOO_MANY_REQUESTS or "Retry-After" not in answer.headers:
            report.errors.append(f"client {number}: {answer.status_code} {answer.text[:200]}")
    except httpx.HTTPError as error:
        report.answers["no answer"] += 1
        report.errors.append(f"client {number}: {type(error).__name__} {error}")


async def follow(http: httpx.AsyncClient, report: Report, job: str) -> None:
    status = ""
    while status not in ENDED:
        await asyncio.sleep(PAUSE_SECONDS)
        began = time.perf_counter()
        answer = await http.get(f"{API}/jobs/{job}")
        report.looks.append(1000 * (time.perf_counter() - began))
        status = answer.raise_for_status().json()["status"]
    report.ends[status] += 1


@asynccontextmanager
async def many_clients(url: str, count: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Each has a connection of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60)) for _ in range(count)]


async def load(url: str, clients: int, seconds: float) -> Report:
    report, together = Report(), asyncio.Event()
    async with many_clients(url, clients) as all_clients:
        began = time.monotonic()
        tasks = [asyncio.create_task(client(http, report, n, together)) for n, http in enumerate(all_clients)]
        together.set()
        ended, unfinished = await asyncio.wait(tasks, timeout=seconds)
        report.seconds = round(time.monotonic() - began, 2)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*ended)
    return report


def printed(report: Report) -> str:
    told = report.to_json()
    rows = {
        "answers to posts": ", ".join(f"{count} x {status}" for status, count in sorted(report.answers.items())),
        "accepted, completed, lost": f"{told['accepted']}, {report.ends['completed']}, {report.lost}",
        "status calls": f"{told['looks']}; p50 {told['look_ms']['p50']} ms, p95 {told['look_ms']['p95']} ms, "
        f"max {told['look_ms']['max']} ms",
        "errors": str(len(report.errors)),
        "seconds": f"{report.seconds:g}",
    }
    return "\n".join([*(f"{name:<28}{value}" for name, value in rows.items()), *report.errors[:10]])


def options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a service that runs on this machine, in place of one of its own")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300.0, help="how long the jobs may take")
    parser.add_argument("--max-p95-ms", type=float, default=100.0)
    parser.add_argument("--strict", action="store_true", help="fail where status calls are slower than --max-p95-ms")
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args(arguments)
    if chosen.url and urlsplit(chosen.url).hostname not in LOOPBACK:
        parser.error(f"{chosen.url} is not on this machine; this test loads only services that are")
    return chosen


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = options(arguments)
    with tempfile.TemporaryDirectory(prefix="avatar-load-") as folder:
        own = running_service(Path(folder), checkpoints_dir=load_settings().checkpoints_dir)
        with nullcontext(str(chosen.url)) if chosen.url else own as url:
            report = asyncio.run(load(url, chosen.clients, chosen.seconds))
    print(json.dumps(report.to_json(), indent=2) if chosen.json else printed(report))
    slow = chosen.strict and report.percentile(0.95) > chosen.max_p95_ms
    return 1 if report.errors or report.lost or slow else 0


if __name__ == "__main__":
    sys.exit(main())
