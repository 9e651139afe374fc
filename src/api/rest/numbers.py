"""Numbers for Prometheus: requests as they are answered, and what the table of jobs holds when it is asked."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.rest import machine
from api.rest.service import Service
from avatar import __version__
from avatar.errors import AvatarError
from orchestrator.jobs import statistics
from orchestrator.jobs.presence import living_workers

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "PUT"})
SAMPLES: Final = 1000
UNMATCHED: Final = "unmatched"
OTHER: Final = "OTHER"


class RequestNumbers:
    """Counts of one application's requests. Labels take few values whatever clients send."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.answered = Histogram(
            "avatar_http_request_seconds",
            "Time until an answer begins, by the route's template.",
            ("method", "route", "status"),
            buckets=SECONDS,
            registry=self.registry,
        )
        self.open = Gauge("avatar_http_requests_open", "Requests that are being answered.", registry=self.registry)


class CountRequests:
    """The outermost layer of the application: what stands inside it is counted, refusals too."""

    def __init__(self, app: ASGIApp, *, numbers: RequestNumbers) -> None:
        self._app = app
        self._numbers = numbers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        answered = False

        async def counted_send(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                answered = True
                self._count(scope, message["status"], time.perf_counter() - began)
            await send(message)

        with self._numbers.open.track_inprogress():
            try:
                await self._app(scope, receive, counted_send)
            except Exception:
                if not answered:
                    self._count(scope, 500, time.perf_counter() - began)
                raise

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        route = getattr(scope.get("route"), "path", UNMATCHED)
        self._numbers.answered.labels(method, route, str(status)).observe(seconds)


@dataclass(frozen=True, slots=True)
class ServiceNumbers(Collector):
    """Looks at the jobs, the workers and the disk whenever it is asked, and blocks; jobs are those that are kept."""

    service: Service
    ledger: statistics.Ledger

    def collect(self) -> Iterable[Metric]:
        settings = self.service.settings
        room = machine.disk(settings.data_dir)
        yield _labelled("avatar_build_info", "This program.", "version", {__version__: 1})
        yield _gauge("avatar_queue_limit", "Jobs that may wait.", settings.max_queue)
        yield _gauge("avatar_workers", "Workers alive on this machine.", len(living_workers(settings)))
        yield _gauge("avatar_job_watchers", "Clients that follow a job.", self.service.feed.watchers)
        yield _gauge("avatar_disk_free_bytes", "Room on the disk of DATA_DIR.", room.free)
        yield _gauge("avatar_disk_total_bytes", "Size of the disk of DATA_DIR.", room.total)
        try:
            found = list(self._of_jobs())
        except AvatarError:
            yield _gauge("avatar_database_up", "Whether the database answers.", 0)
            return
        yield _gauge("avatar_database_up", "Whether the database answers.", 1)
        yield from found

    def _of_jobs(self) -> Iterator[Metric]:
        engine = self.service.engine
        every = self.ledger.made()
        made = [job for job in every[-SAMPLES:] if not job.served]
        engines = Counter(job.renderer for job in every)
        wait = statistics.oldest_wait(engine, time.time())
        counts: dict[str, int] = dict(self.service.board.counts().items())
        yield _labelled("avatar_jobs", "Jobs by status.", "status", counts)
        yield _labelled("avatar_jobs_failed", "Failed jobs by kind.", "kind", statistics.failures(engine))
        yield _labelled("avatar_videos", "Videos by engine.", "engine", engines)
        yield _gauge("avatar_video_seconds", "Length of all videos.", sum(job.duration for job in every))
        yield _gauge("avatar_queue_oldest_seconds", "How long the job at the front has waited.", wait)
        yield _spread("avatar_job_seconds", "From first touch to the end.", statistics.spread(job.took for job in made))
        yield _spread("avatar_job_speed", "Times real time.", statistics.spread(job.speed for job in made))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _labelled(name: str, text: str, label: str, values: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, text, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _spread(name: str, text: str, spread: statistics.Spread | None) -> Metric:
    family = GaugeMetricFamily(name, f"{text} Of the newest thousand videos.", labels=["quantile"])
    if spread is not None:
        family.add_metric(["0.5"], spread.median)
        family.add_metric(["0.95"], spread.p95)
    return family
