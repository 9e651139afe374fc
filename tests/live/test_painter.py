"""The thread that paints: what it is given in turn, and the newest where it is too slow."""

import threading

from live.painter import MOST_WAITING, Painter


def test_frames_wait_for_one_that_takes_long_and_the_oldest_is_left_out() -> None:
    begun, may_go_on, done = threading.Event(), threading.Event(), threading.Event()
    painted: list[int] = []

    def paint(frame: int) -> None:
        begun.set()
        assert may_go_on.wait(20)
        painted.append(frame)
        if frame == MOST_WAITING + 2:
            done.set()

    painter = Painter(paint, lambda error: None)
    painter.start()
    assert not painter.give(0)
    assert begun.wait(20)
    given = range(1, MOST_WAITING + 3)
    assert [painter.give(frame) for frame in given] == [False] * MOST_WAITING + [True, True]
    may_go_on.set()
    assert done.wait(20)
    painter.stop()
    assert painted == [0, *given[2:]]


def test_what_waits_when_it_is_stopped_is_not_painted() -> None:
    begun, may_go_on = threading.Event(), threading.Event()
    painted: list[int] = []

    def paint(frame: int) -> None:
        begun.set()
        assert may_go_on.wait(20)
        painted.append(frame)

    painter = Painter(paint, lambda error: None)
    painter.start()
    painter.give(0)
    assert begun.wait(20)
    painter.give(1)
    stopping = threading.Thread(target=painter.stop)
    stopping.start()
    while not painter._is_over:
        pass
    may_go_on.set()
    stopping.join(20)
    assert painted == [0]
