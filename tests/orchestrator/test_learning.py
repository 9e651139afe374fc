"""The memory that a run is noted with is what it came to take, not what the process had before it."""

import json
import subprocess
import sys

import pytest

from models.loaded import process_networks
from models.memory import begin_peak, peak_bytes
from orchestrator.learning import Measuring

MEGABYTE = 1_000_000
GROWING = """
import json
import numpy as np
from orchestrator.learning import Measuring
before = np.ones(200_000_000, np.uint8)
own = Measuring("cpu")
more = np.ones(60_000_000, np.uint8)
print(json.dumps([own.growth("any"), own.card_growth("any")]))
"""
"""In a process of its own: a large one's memory may be taken back by the system meanwhile."""


@pytest.fixture(autouse=True)
def cold() -> None:
    process_networks().release()
    if not begin_peak() or peak_bytes() is None:
        pytest.skip("this system does not let a process reset its peak")


def test_what_the_process_had_before_is_left_out() -> None:
    told = subprocess.run([sys.executable, "-c", GROWING], capture_output=True, text=True, check=True).stdout
    grown, on_card = json.loads(told)
    assert 50 * MEGABYTE < grown < 120 * MEGABYTE
    assert on_card is None


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
