"""The memory that a run is noted with is what it came to take, not what the process had before it."""

import numpy as np
import pytest

from models.loaded import process_networks
from models.memory import begin_peak, peak_bytes
from orchestrator.learning import Measuring

MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def cold() -> None:
    process_networks().release()
    if not begin_peak() or peak_bytes() is None:
        pytest.skip("this system does not let a process reset its peak")


def test_what_the_process_had_before_is_left_out() -> None:
    before = np.ones(200 * MEGABYTE, np.uint8)
    own = Measuring("cpu")
    more = np.ones(60 * MEGABYTE, np.uint8)
    grown = own.growth("any")
    assert before.nbytes > more.nbytes
    assert grown is not None
    assert 50 * MEGABYTE < grown < 120 * MEGABYTE
    assert own.card_growth("any") is None


def test_of_an_engine_that_was_loaded_before_nothing_is_told() -> None:
    own = Measuring("cpu", {"warm"})
    assert own.growth("warm") is None
    assert own.growth("other") is not None
    process_networks().get("a network", object)
    assert Measuring("cpu").growth("other") is None
    process_networks().release()


def test_what_pytorch_held_of_a_card_before_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    reserved = iter([700 * MEGABYTE, 900 * MEGABYTE])
    monkeypatch.setattr("orchestrator.learning.card_peak_bytes", lambda _: next(reserved))
    assert Measuring("cuda:0").card_growth("any") == 200 * MEGABYTE
