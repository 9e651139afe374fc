"""The desk that leads clients to live workers, and watches over these."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from avatar.errors import BusyError
from avatar.settings import Settings
from live.desk import LiveDesk
from live.messages import StartStream
from live.opening import CORE_SECONDS
from live.place import Patience, Place, WorkerLostError
from live.plan import SessionPlan
from live.reports import Report
from orchestrator.side_process import Attend
from tests.apart import run_apart
from tests.live.fake_workers import answer, answer_nothing, hang


def plan(session: str = "one", size: int = 512, fps: int = 25) -> SessionPlan:
    start = StartStream(image="-", size=size, fps=fps)
    return SessionPlan(session=session, start=start, image="-", name="Grey")


def settings(workers: int, most: int = 0) -> Settings:
    return Settings(live_workers=workers, max_live_sessions=most)


@contextmanager
def desk_of(settings: Settings, attend: Attend, patience: Patience) -> Iterator[LiveDesk]:
    desk = LiveDesk(settings, attend, patience)
    desk.start()
    try:
        yield desk
    finally:
        desk.close()


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60.0
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_worker_that_hangs_is_replaced_and_none_is_left_at_the_end() -> None:
    before = set(multiprocessing.active_children())
    with desk_of(settings(1), hang, Patience(silent=0.2)) as desk:
        until(lambda: desk.state.pids)
        [first] = desk.state.pids
        until(lambda: desk.state.pids and desk.state.pids != (first,))
        assert desk.state.restarts >= 1
    assert set(multiprocessing.active_children()) <= before


def test_a_worker_that_does_not_answer_is_not_waited_for_and_its_place_is_free_again() -> None:
    async def ask(desk: LiveDesk) -> None:
        with pytest.raises(WorkerLostError, match=r"not answered within 0\.2 s"):
            await desk.open_by("offer", plan())
        with pytest.raises(WorkerLostError, match=r"not answered within 0\.1 s"):
            async with desk.session(plan()):
                pass

    with desk_of(settings(1), answer_nothing, Patience(asked=0.1, opening=0.2)) as desk:
        run_apart(ask(desk))
        assert [place.load for place in desk._places] == [0.0]


def test_the_next_worker_is_asked_where_one_is_busy_and_all_together_take_no_more_than_may_be() -> None:
    async def ask(desk: LiveDesk) -> None:
        assert await desk.open_by("offer", plan("one")) == {"worker": 1}
        async with desk.session(plan("two")):
            with pytest.raises(BusyError, match="as may: 2"):
                await desk.open_by("offer", plan("three"))
        assert await desk.open_by("offer", plan("three")) == {"worker": 1}

    with desk_of(settings(2, most=2), answer, Patience()) as desk:
        until(lambda: desk.state.ready == 2 and all(place.report.capacity for place in desk._places))
        run_apart(ask(desk))


def test_a_place_that_is_left_before_it_begins_starts_no_process() -> None:
    before = set(multiprocessing.active_children())
    place = Place(0, settings(1), hang, Patience())
    place.leave()
    place.start()
    place.end(time.monotonic() + 10.0)
    assert set(multiprocessing.active_children()) <= before


def ready(desk: LiveDesk, capacity: int, taken: float = 0.0) -> list[Place]:
    """Its places, as if their workers had reported."""
    for number, place in enumerate(desk._places):
        place.port, place.report = 1 + number, Report(0, capacity, 0.01, taken=taken)
    return desk._places


def test_sessions_count_by_their_pixels_a_second_in_all_workers_together() -> None:
    desk = LiveDesk(settings(2))
    first, second = ready(desk, capacity=10)
    assert desk._has_room(plan(size=1080, fps=50)), "a machine without a session takes any"
    first.hold(plan("large", size=1080, fps=50))
    assert first.load == pytest.approx(8.9, abs=0.01)
    assert run_apart(desk._fitting(plan())) == [second, first], "the least busy first"
    second.hold(plan("usual"))
    assert not desk._has_room(plan())
    assert desk._has_room(plan(size=128))
    with pytest.raises(BusyError, match="to bear 10 live sessions"):
        run_apart(desk._fitting(plan()))


def test_a_worker_is_told_what_the_sessions_of_the_others_take() -> None:
    desk = LiveDesk(settings(3))
    places = ready(desk, capacity=2, taken=0.01)
    placed = SessionPlan.model_validate_json(desk._placed(plan(), places[0]))
    assert placed.beside == pytest.approx(0.02)


def test_sessions_that_are_opened_at_once_do_not_all_count_on_the_same_cores() -> None:
    desk = LiveDesk(settings(2))
    first, second = ready(desk, capacity=4)
    first.hold(plan("one"))
    second.hold(plan("two"))

    def beside(name: str) -> float:
        return SessionPlan.model_validate_json(desk._placed(plan(name), second)).beside

    assert beside("two") == pytest.approx(CORE_SECONDS)
    assert beside("three") == pytest.approx(2 * CORE_SECONDS)
    first.report = replace(first.report, open=frozenset({"one"}), taken=0.01)
    assert beside("two") == pytest.approx(0.01)


def test_a_session_without_a_connection_is_counted_until_its_worker_tells_of_its_end() -> None:
    place = ready(LiveDesk(settings(1)), capacity=4)[0]
    place.hold(plan("one"))
    place.hold(plan("two"))
    place.gone.append("one")
    assert place.forget_ended() == ["one"]
    assert (place.sessions, place.load) == (1, 1.0)
    place.restarts += 1
    assert (place.sessions, place.load) == (0, 0.0), "its worker has ended"
