"""Measures live sessions over loopback with real clients: delays, how many sessions there is room for, endurance.

    python scripts/benchmark_live.py                       # about six minutes
    python scripts/benchmark_live.py --only delays,sessions
    python scripts/benchmark_live.py --only endurance --minutes 30

The exit code is 1 where a target is missed. Clients run on the same machine and yield the processor to the service
(where there is `nice`), whose own time is the figure of cores. The parts `webrtc` and `endurance` need the extra
`live`, and `webrtc` Chromium.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from rich.console import Console  # noqa: E402

from api.cli.bench.report import Benchmark, Figure, figures_table  # noqa: E402
from scripts.living.crowds import Crowd, crowd  # noqa: E402
from scripts.living.delays import figures, sound_to_frame, text_to_motion  # noqa: E402
from scripts.living.server import Server, served  # noqa: E402
from scripts.living.turns import added_by_turns, silenced_by_interruptions  # noqa: E402
from scripts.living.yielding import yield_processor  # noqa: E402

PARTS = ("delays", "turn", "webrtc", "sessions", "endurance")
SOUND_TARGET_MS, TEXT_TARGET_MS = 250.0, 400.0
TURN_TARGET_MS, CUT_TARGET_MS = 300.0, 200.0
SESSIONS_TARGET = 6
WEBRTC_TARGET_MS, WEBRTC_SESSIONS = 300.0, 3
DRIFT_TARGET_MS, GROWTH_TARGET = 40.0, 0.05
FOREIGN_TARGET_DB = -40.0
MOST_SESSIONS = 16


def main() -> int:
    asked = _arguments()
    benchmark = Benchmark()
    wanted = asked.only.split(",") if asked.only else list(PARTS)
    if unknown := [name for name in wanted if name not in PARTS]:
        sys.exit(f"There is no measure '{unknown[0]}'; there are {', '.join(PARTS)}.")
    with tempfile.TemporaryDirectory() as folder, served(Path(folder), {"MAX_LIVE_SESSIONS": "64"}) as server:
        yield_processor()
        state = server.status()["live"]
        _add(benchmark, "a frame of 512 px, drawn and encoded, of one core", state["frame_milliseconds"], "ms")
        for name in PARTS:
            if name in wanted:
                print(f"measuring {name} ...", file=sys.stderr, flush=True)
                MEASURES[name](benchmark, server, asked)
    Console().print(figures_table(benchmark))
    if asked.json:
        Path(asked.json).write_text(json.dumps(benchmark.to_json(), indent=1), encoding="utf-8")
    return 1 if any(figure.met is False for figure in benchmark.figures) else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=float, default=20.0, help="of each try with many sessions")
    parser.add_argument("--minutes", type=float, default=2.0, help="of the long session")
    parser.add_argument("--count", type=int, default=40, help="of bursts of sound whose delay is measured")
    parser.add_argument("--json", default="", help="a file for the figures")
    return parser.parse_args()


def _add(
    benchmark: Benchmark, name: str, value: float, unit: str, target: float | None = None, *, least: bool = False
) -> None:
    benchmark.figures.append(Figure(name, value, unit, target, least))


def _measure_delays(benchmark: Benchmark, server: Server, asked: argparse.Namespace) -> None:
    for video in ("jpeg", "fmp4"):
        found = figures(asyncio.run(sound_to_frame(server.port, video=video, count=asked.count)))
        _add(benchmark, f"sound in to its frame out, {video}, median", found["median_ms"], "ms")
        _add(benchmark, f"sound in to its frame out, {video}, 95 %", found["p95_ms"], "ms", SOUND_TARGET_MS)
    found = figures(asyncio.run(text_to_motion(server.port, count=10)))
    _add(benchmark, "text to the first moving frame, espeak, median", found["median_ms"], "ms")
    _add(benchmark, "text to the first moving frame, espeak, 95 %", found["p95_ms"], "ms", TEXT_TARGET_MS)


def _measure_turns(benchmark: Benchmark, _server: Server, asked: argparse.Namespace) -> None:
    """In this process: the models are scripted."""
    with tempfile.TemporaryDirectory() as folder:
        added = sorted(added_by_turns(Path(folder), max(3, asked.count // 8)))
        cuts = silenced_by_interruptions(Path(folder), max(3, 3 * asked.count // 8))
    _add(benchmark, "a whole turn beyond its models, median", added[len(added) // 2], "ms")
    _add(benchmark, "a whole turn beyond its models, most", added[-1], "ms", TURN_TARGET_MS)
    for what, stops in (
        ("sound stops", [cut.sound_ms for cut in cuts]),
        ("lips are closed", [cut.lips_ms for cut in cuts]),
    ):
        high = figures([stop / 1000.0 for stop in stops])["p95_ms"]
        _add(benchmark, f"interrupted: {what} after, 95 %", high, "ms", CUT_TARGET_MS)
        _add(benchmark, f"interrupted: {what} after, most of {len(stops)}", max(stops), "ms", CUT_TARGET_MS)


def _measure_webrtc(benchmark: Benchmark, server: Server, asked: argparse.Namespace) -> None:
    from scripts.living.webrtc import webrtc_crowd, webrtc_delays

    found = asyncio.run(webrtc_delays(server, asked.count))
    name = "sound in to its frame shown, WebRTC in Chromium"
    shown, received = figures(found.shown), figures(found.until_received)
    _add(benchmark, f"{name}, median", shown["median_ms"], "ms")
    _add(benchmark, f"{name}, 95 %", shown["p95_ms"], "ms", WEBRTC_TARGET_MS)
    _add(benchmark, "of that, until the frame has come, median", received["median_ms"], "ms")
    _add(benchmark, "syllables without a frame in which the mouth moves", found.unseen, "", 0.0)
    met = asyncio.run(webrtc_crowd(server, WEBRTC_SESSIONS, asked.seconds))
    print(f"  {met}", file=sys.stderr, flush=True)
    name = f"{WEBRTC_SESSIONS} sessions over WebRTC"
    _add(benchmark, f"{name}: frames that did not come", met.lost, f"of {met.frames + met.lost}", 0.0)
    _add(benchmark, f"{name}: cores of the service", met.cores, "")


def _measure_sessions(benchmark: Benchmark, server: Server, asked: argparse.Namespace) -> None:
    """One more as long as none loses a frame, or one less until none does; then who hears what, in pictures and plain
    sound.
    """
    best: Crowd | None = None
    sessions = SESSIONS_TARGET - 2
    while 0 < sessions <= MOST_SESSIONS:
        found = asyncio.run(crowd(server, sessions, asked.seconds, "fmp4"))
        print(f"  {found}", file=sys.stderr, flush=True)
        if found.is_whole:
            best = found
        if best is not None and not (found.is_whole and sessions >= SESSIONS_TARGET - 2):
            break
        sessions += 1 if found.is_whole else -1
    _add(benchmark, "sessions without a lost frame", best.sessions if best else 0, "", SESSIONS_TARGET, least=True)
    if best is not None:
        _add(benchmark, f"cores of the service with {best.sessions} sessions", best.cores, "")
    apart = asyncio.run(crowd(server, 3, 8.0, "jpeg"))
    _add(benchmark, "another session's sound in one's own", apart.foreign_db, "dB", FOREIGN_TARGET_DB)
    _add(benchmark, "sessions that were shown another's picture", float(apart.alike), "", 0.0)


def _measure_endurance(benchmark: Benchmark, server: Server, asked: argparse.Namespace) -> None:
    from scripts.living.endurance import endure

    found = asyncio.run(endure(server, asked.minutes))
    name = f"after {found.minutes:g} min"
    _add(benchmark, f"{name}: sound against picture", abs(found.drift_ms), "ms", DRIFT_TARGET_MS)
    _add(benchmark, f"{name}: sound against picture, over WebRTC", abs(found.rtp_drift_ms), "ms", DRIFT_TARGET_MS)
    _add(benchmark, f"{name}: film against the clock", abs(found.behind_ms), "ms", DRIFT_TARGET_MS)
    _add(benchmark, f"{name}: growth of memory", 100 * found.growth, "%", 100 * GROWTH_TARGET)
    _add(benchmark, f"{name}: frames left out", found.late, f"of {found.late + found.frames}")


MEASURES = {
    "delays": _measure_delays,
    "turn": _measure_turns,
    "webrtc": _measure_webrtc,
    "sessions": _measure_sessions,
    "endurance": _measure_endurance,
}

if __name__ == "__main__":
    sys.exit(main())
