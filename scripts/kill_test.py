"""Kills the worker, the server, or both, at random moments while small videos are made, and counts what came of it.

python scripts/kill_test.py [--kills 20] [--seed 1] [--folder DIR]

Every accepted job must be completed and its video whole; no finished chunk or stage may be done again. Exits with 1
where one of these promises was broken. Linux.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from avatar.settings import load_settings
from models.weights import WeightStore
from orchestrator.database import open_database
from orchestrator.jobs.record import JobFilter
from orchestrator.jobs.table import SqlJobs

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.killing.processes import Service
from scripts.killing.verdict import Inodes, Verdict, finished_artifacts, judge, judge_artifacts

PORTRAIT: Final = "portrait-grace-hopper"
TARGETS: Final = ("worker", "worker", "server", "both")
JOBS_UNDER_WAY: Final = 3
WORK_SECONDS: Final = 15.0
"""How long a kill waits for a worker that works: the next one after a kill needs seconds to start."""

LONGEST_WORK_SECONDS: Final = 3.0
"""A worker draws a video or two in that time."""

END_SECONDS: Final = 300.0
POLL_SECONDS: Final = 0.1
WORDS: Final = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


class Ordeal:
    """Jobs go in and processes die. `kills` holds the moments, in seconds since the epoch."""

    def __init__(self, service: Service, jobs: SqlJobs, chance: random.Random) -> None:
        self._service, self._jobs, self._chance = service, jobs, chance
        self.accepted: list[str] = []
        self.unsure = 0
        self.kills: list[float] = []
        self.targets: Counter[str] = Counter()
        self.seen: list[Inodes] = []
        self._known: dict[str, tuple[str, int]] = {}

    def run(self, kills: int) -> None:
        """Each four kills in turn are those of `TARGETS`, in an order by chance."""
        for number in range(kills):
            if number % len(TARGETS) == 0:
                targets = self._chance.sample(TARGETS, len(TARGETS))
            self._feed()
            self._wait_for_work()
            time.sleep(self._chance.uniform(0.0, LONGEST_WORK_SECONDS))
            self._kill(targets[number % len(TARGETS)])
            print(f"\r{number + 1} of {kills} kills, {len(self.accepted)} jobs", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        _until(lambda: not self._under_way(), END_SECONDS)

    def _kill(self, target: str) -> None:
        self._service.kill(target)
        self.kills.append(time.time())
        self.targets[target] += 1
        self.seen.append(finished_artifacts(self._service.folder))
        self._known = self._revisions()
        if target != "worker":
            self._service.start()

    def _feed(self) -> None:
        while self._under_way() < JOBS_UNDER_WAY:
            words = " ".join(self._chance.choices(WORDS, k=self._chance.randint(3, 9)))
            job = self._service.submit(f"Number {len(self.accepted)} and {words}.")
            if job is None:
                self.unsure += 1
                return
            self.accepted.append(job)

    def _wait_for_work(self) -> None:
        """Most kills meet a job in hand; one in five comes at any moment."""
        if self._chance.random() < 0.8:
            _until(self._works_again, WORK_SECONDS)

    def _works_again(self) -> bool:
        """Whether a job was claimed since the last kill, which its worker's own claim is not."""
        return any(
            was != "running" or revision > self._known.get(job, (was, 0))[1] + 1
            for job, (now, revision) in self._revisions().items()
            if now == "running" and (was := self._known.get(job, ("queued", 0))[0])
        )

    def _revisions(self) -> dict[str, tuple[str, int]]:
        running = self._jobs.page(JobFilter(status="running"))
        waiting = self._jobs.page(JobFilter(status="queued"))
        return {record.id: (record.status, record.revision) for record in (*running, *waiting)}

    def _under_way(self) -> int:
        counts = self._jobs.counts()
        return counts["queued"] + counts["running"]


def _until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def suffer(kills: int, seed: int, folder: Path, portrait: Path) -> tuple[Ordeal, Verdict]:
    """All of it, on a data folder that is empty."""
    service = Service(folder, portrait)
    service.prepare()
    settings = load_settings(data_dir=folder)
    engine = open_database(settings)
    try:
        service.start()
        jobs = SqlJobs(engine, settings)
        ordeal = Ordeal(service, jobs, random.Random(seed))  # noqa: S311 - chance, not secrets
        ordeal.run(kills)
        verdict = judge(jobs, settings, ordeal.accepted, ordeal.unsure, ordeal.kills)
        judge_artifacts(ordeal.seen, folder, verdict)
        return ordeal, verdict
    finally:
        service.end()
        engine.dispose()


def report(ordeal: Ordeal, verdict: Verdict, seconds: float) -> str:
    rows = {
        "kills": f"{len(ordeal.kills)} ({', '.join(f'{n} {target}' for target, n in sorted(ordeal.targets.items()))})",
        "jobs accepted": verdict.jobs,
        "jobs completed": verdict.completed,
        "requests cut off": ordeal.unsure,
        "frames decoded": verdict.frames,
        "chunks drawn": verdict.chunks,
        "stages finished": verdict.stages,
        "stages entered again, and found done": verdict.stages_found_done,
        "artifacts watched": verdict.artifacts_watched,
        "promises broken": len(verdict.breaches),
        "seconds": f"{seconds:.0f}",
    }
    return "\n".join([*(f"{name:<40}{value}" for name, value in rows.items()), *verdict.breaches])


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed kills in the same order")
    parser.add_argument("--folder", type=Path, help="keep the data here; it must not exist")
    given = parser.parse_args(arguments)
    weights = WeightStore(load_settings().checkpoints_dir)
    weights.fetch(
        [key for key in ("face-detector", "face-mesh", "iris", "segmenter", PORTRAIT) if not weights.is_present(key)]
    )
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="avatar-kills-") as temporary:
        folder = given.folder or Path(temporary) / "data"
        folder.mkdir(parents=True)
        ordeal, verdict = suffer(given.kills, given.seed, folder, weights.path(PORTRAIT))
    print(f"seed {given.seed}\n{report(ordeal, verdict, time.monotonic() - started)}")
    return 1 if verdict.breaches else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
