"""Networks that judge are asked where they are installed, and missed with a reason where they are not."""

from pathlib import Path
from typing import Any, cast

import pytest

from evaluator.evaluation import evaluation_of
from evaluator.lips import LipCurves
from evaluator.metrics import METRICS, Values, known
from evaluator.optional import JUDGES, Evidence, Judge, judged
from evaluator.runs import Curves, Run
from evaluator.samples import BOUNDS, together
from evaluator.scenarios import Scenario
from models.weights import WeightStore
from tests.evaluator.face_factory import face

NOTHING = cast("Evidence", None)


class Present:
    """A store that has every file but those called `absent`."""

    def is_present(self, key: str) -> bool:
        return key != "absent"


def built(_store: WeightStore) -> Any:
    def take(_evidence: Evidence) -> Values:
        return {"lse_d": known(7.5), "lse_c": known(8.0)}

    return take


@pytest.mark.parametrize(("key", "value"), [("present", 7.5), ("absent", None)])
def test_a_judge_is_asked_where_its_weights_are(key: str, value: float | None) -> None:
    judge = Judge("SyncNet", ("lse_d", "lse_c"), (key,), built)
    found = judged(NOTHING, cast("WeightStore", Present()), (judge,))
    assert found["lse_d"].value == value
    assert found.keys() == {"lse_d", "lse_c"}
    assert bool(found["lse_d"].why) == (value is None)


def test_every_judges_figures_are_known_and_optional() -> None:
    names = [name for judge in JUDGES for name in judge.metrics]
    assert len(names) == len(set(names))
    assert all(METRICS[name].optional for name in names)


def run(name: str, peak: float, loss: float) -> Run:
    """Whose correlation with real lips peaks at that lag in seconds."""
    still = face()
    lags = still.times[:41] - 0.8
    curve = LipCurves(lags, 1 - (lags - peak) ** 2)
    scenario = Scenario(name=name, portrait=Path("a.jpg"))
    values = {"correlation_loss": known(loss), "reference_spread": known(1.0), "reference_offset_ms": known(500)}
    return Run(scenario, values, curves=Curves(still, still.opening, None, still.times[:0], curve, curve))


def test_all_clips_together_have_their_mean_and_one_offset() -> None:
    runs = [run("a", 0.08, 0.02), run("b", -0.08, 0.06), Run(Scenario(name="c", portrait="nova"), error="no face")]
    found = together(runs)
    assert found["correlation_loss"].value == pytest.approx(0.04)
    assert found["reference_offset_ms"].value == pytest.approx(0, abs=1e-6)
    assert found["flicker"].value is None
    assert evaluation_of(runs[:2], BOUNDS).passed
    assert not evaluation_of(runs, BOUNDS).passed
    assert not evaluation_of([run("a", 0.0, 0.07)], BOUNDS).passed
