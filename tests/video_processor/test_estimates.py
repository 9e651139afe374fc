"""What a video will take follows those that were made; one odd run, or a damaged line, changes little."""

from fractions import Fraction
from pathlib import Path

import pytest

from avatar.types import Size
from models.devices import Device, processor
from models.hardware import Hardware
from models.profiles import profile_for
from video_processor.estimates.estimate import Estimate
from video_processor.estimates.past import MOST_COUNTED, MOST_KEPT, RUNS_FILE, PastRun, PastRuns
from video_processor.hybrid_generator import NEURAL, estimate_generation_time

FPS = Fraction(25)
SQUARE = Size(512, 512)
CARD = Device("cuda:0", "a card", 8 * 10**9, 16 * 10**9, "bf16")


def on(device: Device) -> Hardware:
    name, profile = profile_for(device, "auto")
    return Hardware(device, name, profile)


def run(**changes: object) -> PastRun:
    values: dict[str, object] = {
        "engine": "puppet",
        "device": "cpu",
        "width": 512,
        "height": 512,
        "frames": 250,
        "sound": 10.0,
        "drawing": 4.0,
        "preparing": 0.5,
        "rest": 2.0,
        "growth": 400_000_000,
    }
    return PastRun(**{**values, **changes})  # type: ignore[arg-type]


def expected(past: PastRuns, engine: str = "puppet", seconds: float = 10.0, size: Size = SQUARE) -> Estimate:
    return estimate_generation_time(seconds, engine, size, FPS, hardware=on(processor()), past=past)


@pytest.fixture
def past(tmp_path: Path) -> PastRuns:
    return PastRuns(tmp_path)


def test_without_runs_the_shipped_figures_speak_and_say_so(past: PastRuns) -> None:
    found = expected(past)
    assert found.runs == 0
    assert 0 < found.drawing < found.seconds
    assert found.memory > 100_000_000
    assert found.card_memory == 0


def test_runs_are_followed_and_scaled_to_length_and_size(past: PastRuns) -> None:
    for _ in range(3):
        past.add(run())
    same = expected(past)
    assert same.runs == 3
    assert same.drawing == pytest.approx(4.0, abs=0.02)
    assert same.seconds == pytest.approx(6.5, abs=0.05)
    assert same.memory == pytest.approx(400_000_000, rel=1e-3)
    assert expected(past, seconds=40.0).drawing == pytest.approx(16.0, abs=0.05)
    large = expected(past, size=Size(1920, 1080))
    assert 4.0 * 2 < large.drawing < 4.0 * 2073600 / 262144
    assert large.memory > same.memory


def test_one_odd_run_changes_little(past: PastRuns) -> None:
    for drawing in (4.0, 400.0, 4.1, 3.9, 4.0):
        past.add(run(drawing=drawing))
    assert expected(past).drawing == pytest.approx(4.0, abs=0.02)


def test_newer_runs_replace_older_ones(past: PastRuns) -> None:
    for drawing in [40.0] * MOST_COUNTED + [4.0] * MOST_COUNTED:
        past.add(run(drawing=drawing))
    assert expected(past).drawing == pytest.approx(4.0, abs=0.02)


def test_runs_of_other_engines_and_devices_say_nothing(past: PastRuns) -> None:
    past.add(run(engine="still"))
    past.add(run(device="a card"))
    assert expected(past) == expected(PastRuns(Path("/nowhere")))


def test_a_cards_memory_is_learned_by_the_batch(past: PastRuns) -> None:
    hardware = on(CARD)
    before = estimate_generation_time(10, "sadtalker", SQUARE, FPS, hardware=hardware, past=past)
    past.add(
        run(engine="sadtalker", device="a card", batch=hardware.profile.batches["sadtalker"], card_growth=3 * 10**9)
    )
    after = estimate_generation_time(10, "sadtalker", SQUARE, FPS, hardware=hardware, past=past)
    assert (before.runs, after.runs) == (0, 1)
    assert before.card_memory > 10**9
    assert after.card_memory == pytest.approx(3 * 10**9, rel=1e-6)
    assert after.device == "a card"


@pytest.mark.parametrize(("grown", "times"), [(10**12, 2), (0, 0.25)])
def test_what_was_measured_moves_the_shipped_figure_for_memory_so_far_and_no_farther(
    past: PastRuns, grown: int, times: float
) -> None:
    hardware = on(CARD)
    sure = estimate_generation_time(10, "sadtalker", SQUARE, FPS, hardware=hardware, past=past)
    past.add(run(engine="sadtalker", device="a card", growth=grown, card_growth=grown))
    found = estimate_generation_time(10, "sadtalker", SQUARE, FPS, hardware=hardware, past=past)
    assert (found.runs, found.memory, found.card_memory) == (1, times * sure.memory, times * sure.card_memory)


def test_what_was_not_measured_leaves_the_shipped_figure(past: PastRuns) -> None:
    past.add(run(growth=None))
    assert expected(past).memory == expected(PastRuns(Path("/nowhere"))).memory


def test_damaged_lines_are_left_out_and_the_file_stays_small(past: PastRuns, tmp_path: Path) -> None:
    path = tmp_path / RUNS_FILE
    past.add(run())
    line = path.read_text(encoding="utf-8")
    path.write_text("{not json\n" + '{"engine": "puppet"}\n' + line * (MOST_KEPT + 50), encoding="utf-8")
    past.add(run(engine="still"))
    kept = path.read_text(encoding="utf-8").splitlines()
    assert len(kept) == MOST_KEPT
    assert past.of("still", "cpu") == [run(engine="still")]
    assert past.of("puppet", "cpu") == [run()] * MOST_COUNTED


@pytest.mark.parametrize("device", [CARD, processor()], ids=["card", "processor"])
def test_larger_faces_and_better_engines_take_longer(device: Device, past: PastRuns) -> None:
    seconds = {
        name: estimate_generation_time(10, name, SQUARE, FPS, hardware=on(device), past=past).seconds
        for name in (*NEURAL, "puppet")
    }
    assert seconds["sadtalker-512"] > seconds["sadtalker"] > seconds["wav2lip"]
