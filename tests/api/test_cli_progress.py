import io

import pytest
from rich.console import Console

from api.cli.progress import PlainDisplay, progress_display


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr("api.cli.progress.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def plain() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, force_terminal=False, width=200), out


def test_a_stage_gets_one_line_when_it_ends(clock: Clock) -> None:
    console, out = plain()
    with progress_display(console) as display:
        display.show("assemble", 0, 1)
        clock.now += 1.5
        display.show("assemble", 1, 1)
        display.show("assemble", 1, 1)
    assert out.getvalue() == "Joining picture and sound: done in 1.5 s\n"


def test_long_stages_tell_the_time_left_now_and_then(clock: Clock) -> None:
    console, out = plain()
    display = PlainDisplay(console)
    for done in range(11):
        display.show("video_generation", done, 20)
        clock.now += 1.0
    lines = out.getvalue().splitlines()
    assert lines == ["Drawing: 5 of 20, about 15 s left", "Drawing: 10 of 20, about 10 s left"]


def test_a_stage_that_goes_on_counts_only_its_own_work(clock: Clock) -> None:
    console, out = plain()
    display = PlainDisplay(console)
    display.show("video_generation", 10, 20)
    clock.now += 6.0
    display.show("video_generation", 13, 20)
    assert out.getvalue() == "Drawing: 13 of 20, about 14 s left\n"


def test_amounts_have_their_unit_and_names_are_no_markup(clock: Clock) -> None:
    console, out = plain()
    display = PlainDisplay(console)
    display.show("Downloading [red]x", 0, 40_000_000, unit=1_000_000, unit_name="MB")
    clock.now += 10.0
    display.show("Downloading [red]x", 10_000_000, 40_000_000, unit=1_000_000, unit_name="MB")
    assert out.getvalue() == "Downloading [red]x: 10 of 40 MB, about 30 s left\n"


def test_a_terminal_gets_bars() -> None:
    out = io.StringIO()
    with progress_display(Console(file=out, force_terminal=True, width=100)) as display:
        display.show("video_generation", 0, 4)
        display.show("video_generation", 4, 4)
        display.show("Downloading [red]x", 1, 2)
    shown = out.getvalue()
    assert "Drawing" in shown
    assert "4 of 4" in shown
    assert "[red]x" in shown
