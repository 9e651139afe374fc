"""What tracing costs a job: runs without it, with the job's own file, and with Langfuse on loopback, in turns."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median
from typing import Any, Final
from unittest.mock import patch

from pydantic import SecretStr

from avatar.settings import Settings
from avatar.telemetry import FileTracer, SpanRecord, close_relays
from orchestrator.rendering import WarmSessions
from orchestrator.run import JobRequest, run_job

SENT: Final = "kept and sent"
WAYS: Final = ("without", "kept", SENT)
SENDERS: Final = ("trace-relay", "OtelBatch")
SENT_SECONDS: Final = 6.0
"""After so long the last batch has left."""

OPENED_BY: Final = "orchestrator.run.open_tracer"
TRACER: Final = "avatar.telemetry.FileTracer"
TAKEN: Final = b'{"accepted": 1, "rejected": 0, "errors": []}'


@dataclass
class Cost:
    """Of every run of one way, in seconds: by the clock, of all cores, and of a core within the tracer's own calls.

    `senders` is what the threads that send take of a core for one run.
    """

    clock: list[float] = field(default_factory=list)
    cores: list[float] = field(default_factory=list)
    within: list[float] = field(default_factory=list)
    senders: float = 0.0
    spans: int = 0


class Untraced:
    """A tracer that does nothing."""

    @contextmanager
    def span(self, name: str, **_given: Any) -> Iterator[SpanRecord]:
        yield SpanRecord(name, 0.0)

    def begin(self, name: str, **_given: Any) -> SpanRecord:
        return SpanRecord(name, 0.0)

    def end(self, record: SpanRecord, *, ended: float | None = None) -> None:
        """Nothing was begun."""

    def score(self, name: str, value: float, **_given: Any) -> None:
        """Nobody asks."""


class Watched(FileTracer):
    """Counts the time within its own calls, of all threads together."""

    within = 0.0
    spans = 0
    _counting = threading.Lock()

    def _begin(self, *given: Any, **named: Any) -> SpanRecord:
        began = time.thread_time()
        record = super()._begin(*given, **named)
        self._count(began)
        return record

    def end(self, record: SpanRecord, *, ended: float | None = None) -> None:
        began = time.thread_time()
        super().end(record, ended=ended)
        self._count(began)
        Watched.spans += 1

    def _count(self, began: float) -> None:
        with self._counting:
            Watched.within += time.thread_time() - began


def measured(request: JobRequest, settings: Settings, rounds: int) -> dict[str, Cost]:
    """Each way once a round, in turns, after a first run that loads everything."""
    warm, costs, before = WarmSessions(1), {way: Cost() for way in WAYS}, 0.0
    with _sink() as address:
        for number in range(rounds + 1):
            for way in WAYS if number % 2 else tuple(reversed(WAYS)):
                run = partial(run_job, request, _sending(settings, address, way), fresh=True, warm=warm)
                _run(way, run, costs[way])
            if number == 0:
                costs, before = {way: Cost() for way in WAYS}, _of_senders()
        time.sleep(SENT_SECONDS)
        costs[SENT].senders = (_of_senders() - before) / rounds
        close_relays()
    return costs


def share(cost: Cost) -> float:
    """How much of a job's work tracing is, in 0..1: the tracer's own calls and the sending."""
    return (median(cost.within) + cost.senders) / median(cost.cores)


def _of_senders() -> float:
    """Seconds of a core that the living threads that send have taken; 0 where the system does not tell."""
    if not hasattr(time, "pthread_getcpuclockid"):
        return 0.0
    senders = [thread for thread in threading.enumerate() if thread.name.startswith(SENDERS) and thread.ident]
    clocks = [time.pthread_getcpuclockid(thread.ident) for thread in senders if thread.ident]
    return sum(time.clock_gettime(clock) for clock in clocks)


def _run(way: str, run: Callable[[], object], cost: Cost) -> None:
    Watched.within, Watched.spans = 0.0, 0
    with patch(OPENED_BY, _opened_nothing) if way == "without" else patch(TRACER, Watched):
        clock, cores = time.perf_counter(), time.process_time()
        run()
        cost.clock.append(time.perf_counter() - clock)
        cost.cores.append(time.process_time() - cores)
    cost.within.append(Watched.within)
    cost.spans = Watched.spans


@contextmanager
def _opened_nothing(*_given: Any) -> Iterator[Untraced]:
    yield Untraced()


def _sending(settings: Settings, address: str, way: str) -> Settings:
    keys = {"langfuse_public_key": "pk-measured", "langfuse_secret_key": SecretStr("sk"), "langfuse_host": address}
    return settings.model_copy(update={"enable_langfuse": way == SENT, **keys})


@contextmanager
def _sink() -> Iterator[str]:
    """A host that takes whatever it is sent."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(TAKEN)))
            self.end_headers()
            self.wfile.write(TAKEN)

        def log_message(self, *_given: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
