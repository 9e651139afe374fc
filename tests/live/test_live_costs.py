"""What frames cost on this machine: measured once, and kept."""

import json
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from avatar.settings import Settings
from live import costs as costs_module
from live import opening
from live.costs import COSTS_FILE, LONGEST_KEPT_SECONDS, Costs, costs_key, costs_of
from live.engines import LiveEngines
from live.messages import StartStream
from live.opening import SessionRoom
from live.plan import SessionPlan
from live.session import LiveSession
from models.hardware import plain_hardware
from models.weights import WeightStore

PLAN = SessionPlan(session="one", start=StartStream(image="-"), image="-", name="Grey")
FOUND = Costs(usual=0.004, engines={"puppet": 0.005})


class Measuring:
    """Counts how often it is asked."""

    def __init__(self, found: Costs = FOUND) -> None:
        self.found, self.count = found, 0

    def __call__(self) -> Costs:
        self.count += 1
        return self.found


def never() -> Costs:
    raise AssertionError("it was measured again")


def test_what_was_measured_is_taken_from_then_on(tmp_path: Path) -> None:
    assert costs_of(tmp_path / "data", "key", Measuring()) == (FOUND, "now")
    assert costs_of(tmp_path / "data", "key", never) == (FOUND, "before")


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"key":"key","at":0,"costs":{"usual":-1.0,"engines":{}}}'],
)
def test_a_file_that_cannot_be_used_is_measured_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / COSTS_FILE).write_bytes(content)
    measuring = Measuring()
    assert costs_of(tmp_path, "key", measuring) == (FOUND, "now")
    assert measuring.count == 1
    assert costs_of(tmp_path, "key", never) == (FOUND, "before")


@pytest.mark.parametrize("later", [LONGEST_KEPT_SECONDS + 1.0, -60.0])
def test_what_is_old_or_from_the_future_is_measured_anew(
    tmp_path: Path, later: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    costs_of(tmp_path, "key", Measuring())
    now = time.time() + later
    monkeypatch.setattr(time, "time", lambda: now)
    assert costs_of(tmp_path, "key", Measuring())[1] == "now"


def test_another_machine_or_engine_is_measured_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "checkpoint.pth"
    file.write_bytes(b"weights")

    def key(*installed: str, **about: int) -> str:
        store = WeightStore(tmp_path, noncommercial=True, given=dict.fromkeys(installed, file))
        return LiveEngines(Settings(), store, replace(plain_hardware(), has_torch=True)).key(**about)

    keys = [key(), key("wav2lip"), key(workers=2)]
    file.write_bytes(b"other weights")
    keys.append(key("wav2lip"))
    monkeypatch.setattr(costs_module, "core_count", lambda: 99)
    keys.append(key())
    assert len(set(keys)) == len(keys)
    assert key() == keys[-1]


def test_workers_measure_one_at_a_time_and_share_what_was_found(tmp_path: Path) -> None:
    begun, may_end, found = threading.Event(), threading.Event(), []

    def slowly() -> Costs:
        begun.set()
        assert may_end.wait(20)
        return FOUND

    first = threading.Thread(target=lambda: found.append(costs_of(tmp_path, "key", slowly)))
    second = threading.Thread(target=lambda: found.append(costs_of(tmp_path, "key", never)))
    first.start()
    assert begun.wait(20)
    second.start()
    may_end.set()
    first.join(20)
    second.join(20)
    assert found == [(FOUND, "now")] * 2


def test_where_nothing_can_be_kept_it_is_measured_all_the_same(tmp_path: Path) -> None:
    (tmp_path / COSTS_FILE).mkdir()
    assert costs_of(tmp_path, "key", Measuring()) == (FOUND, "now")


@pytest.mark.parametrize(("cores", "milliseconds", "sessions"), [(2, 6.0, 6), (2, 12.0, 3), (1, 60.0, 1), (8, 6.0, 24)])
def test_a_machine_bears_as_many_sessions_as_its_cores_draw_and_hear(
    cores: int, milliseconds: float, sessions: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "core_count", lambda: cores)
    room = SessionRoom(Settings(data_dir=tmp_path))
    room.frame_seconds = milliseconds / 1000
    assert room.capacity == sessions


@pytest.mark.parametrize(
    ("cores", "gigabytes", "workers"), [(1, 24, 3), (2, 24, 6), (2, 8, 2), (4, 24, 8), (16, 8, 4), (16, 64, 8)]
)
def test_there_are_more_workers_than_cores_where_there_is_memory_for_them(
    cores: int, gigabytes: int, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "core_count", lambda: cores)
    monkeypatch.setattr(opening, "memory_bytes", lambda: (10**9, gigabytes * 10**9))
    assert opening.worker_count(Settings()) == workers
    assert opening.worker_count(Settings(live_workers=5)) == 5
    monkeypatch.setattr(opening, "memory_bytes", lambda: None)
    assert opening.worker_count(Settings()) == min(cores, 4)


@dataclass
class Running:
    """A session, as far as its cost goes."""

    frame_seconds: float


def test_the_sessions_of_all_workers_share_the_cores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "core_count", lambda: 2)
    room, free = SessionRoom(Settings(data_dir=tmp_path)), list[float]()
    room.frame_seconds = 0.008
    monkeypatch.setattr(room._drawing.engines, "engine", lambda _wanted, _fps, seconds: free.append(seconds))
    running = [cast(LiveSession, Running(0.0)), cast(LiveSession, Running(0.02))]
    assert room.taken(running) == pytest.approx(0.028)
    room.engine(PLAN)
    room.engine(PLAN, running)
    room.engine(PLAN.model_copy(update={"beside": 0.02}), running)
    assert free == pytest.approx([0.032, 0.032, 0.016])


def test_a_room_takes_what_is_kept_and_waits_while_a_session_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path, live_workers=1)
    room = SessionRoom(settings)
    assert (room.measured, room.capacity, room.engines) == (None, opening.UNMEASURED_CAPACITY, ())
    drawn, asked = threading.Event(), threading.Event()

    def costs() -> Costs:
        asked.set()
        room._wait()
        drawn.set()
        return FOUND

    monkeypatch.setattr(room, "_costs", costs)
    thread = threading.Thread(target=room.measure)
    with room._first():
        thread.start()
        assert asked.wait(20)
        assert not drawn.wait(0.05)
    thread.join(20)
    assert (room.measured, room.frame_seconds) == ("now", FOUND.usual)
    assert json.loads((tmp_path / COSTS_FILE).read_text())["costs"]["usual"] == FOUND.usual
    again = SessionRoom(settings)
    monkeypatch.setattr(again, "_costs", never)
    again.measure()
    assert (again.measured, again.frame_seconds, again.capacity) == ("before", FOUND.usual, room.capacity)
    assert [engine.frame_milliseconds for engine in again.engines if engine.name == "puppet"] == [5.0]


def test_costs_do_not_hold_once_a_compiler_has_been_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hardware, store = plain_hardware(), WeightStore(tmp_path)
    keys = []
    for kernels in (None, object()):
        monkeypatch.setattr("video_processor.renderers.puppet.native.kernels", kernels)
        keys.append(costs_key([], hardware, store))
    assert keys[0] != keys[1]
