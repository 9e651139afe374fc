"""The measuring itself: what it expects of every blendshape, how it judges, and the page that it writes."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from avatar.blendshapes import BLENDSHAPES
from scripts import measure_puppet
from scripts.measuring import clips, coupling, docs, stability
from scripts.measuring.curves import face_curves
from scripts.measuring.effects import Effect
from scripts.measuring.expected import EXPECTED, NEIGHBOUR_LEVELS
from scripts.measuring.figures import Measurement, figures_table, worst_of
from scripts.measuring.regions import PARTS, part_masks
from scripts.measuring.response import largest_step_back
from tests.face_models import FACE_MODELS, GRACE_HOPPER, demo_picture, face_store, face_tracker
from video_processor.portrait import analyse_portrait

PART_NAMES = {*PARTS, "neck"}


def ideal(name: str) -> Effect:
    """Just what is expected of a shape, and nothing else."""
    expected = EXPECTED[name]
    marks = np.random.default_rng(1).random((478, 3)).astype(np.float32) * 100
    curves = dict.fromkeys(face_curves(marks), 0.0)
    pixels = dict.fromkeys(PART_NAMES, 0.0)
    (curves if expected.answer in curves else pixels)[expected.answer] = expected.least * 1.01
    return Effect(curves, pixels)


def test_something_is_expected_of_every_blendshape() -> None:
    assert set(EXPECTED) == set(BLENDSHAPES)
    for name, expected in EXPECTED.items():
        effect = ideal(name)
        assert expected.answer in effect.curves or expected.answer in expected.own, name
        assert {*expected.own, *expected.beside} <= PART_NAMES, name
        assert not set(expected.own) & set(expected.beside), name


def test_shapes_that_do_what_is_expected_pass() -> None:
    report = coupling.report({"someone": {name: ideal(name) for name in BLENDSHAPES}})
    assert all(figure.met for figure in report.figures)


@pytest.mark.parametrize(
    ("part", "levels", "passes"),
    [("mouth", 200.0, True), ("nose", NEIGHBOUR_LEVELS + 1, False), ("forehead", 2.0, False), ("forehead", 0.5, True)],
)
def test_other_parts_have_their_bounds(part: str, levels: float, passes: bool) -> None:
    effect = ideal("mouthSmileLeft")
    seen = {name: ideal(name) for name in BLENDSHAPES}
    seen["mouthSmileLeft"] = replace(effect, pixels={**effect.pixels, part: levels})
    figure = coupling.report({"someone": seen}).figures[1]
    assert figure.met is passes
    assert figure.missed == (() if passes else ("mouthSmileLeft",))


def test_a_shape_without_effect_is_named() -> None:
    seen = {name: ideal(name) for name in BLENDSHAPES}
    seen["tongueOut"] = replace(seen["tongueOut"], pixels=dict.fromkeys(PART_NAMES, 0.0))
    figure = coupling.report({"someone": seen}).figures[0]
    assert (figure.worst, figure.missed, figure.met) == ("tongueOut", ("tongueOut",), False)


def test_the_worst_portrait_decides() -> None:
    figure = worst_of("opening", {"a": 0.3, "b": 0.2, "c": 0.1}, "over", 0.15)
    assert (figure.value, figure.worst, figure.missed, figure.met) == (0.1, "c", ("c",), False)
    assert worst_of("error", {"a": 0.3, "b": 0.2}, "at most", 0.3).met


def test_only_a_fall_counts_as_a_step_back() -> None:
    assert largest_step_back([0.0, 0.2, 0.15, 0.3]) == pytest.approx(0.05)
    assert largest_step_back([0.3, 0.1, 0.0], -1.0) == 0.0


def test_a_control_must_go_one_way_and_beyond_the_spread() -> None:
    steady = np.array([[0.0, 0.1], [1.0, 1.1], [2.0, 2.1]])
    assert clips.over_spread(steady, 1.0) == pytest.approx(2 / (0.1 / np.sqrt(2)))
    assert clips.over_spread(steady[::-1], -1.0) == pytest.approx(clips.over_spread(steady, 1.0))
    assert clips.over_spread(steady[[0, 2, 1]], 1.0) == 0.0


def test_flicker_is_seen_where_pixels_jump_and_not_where_they_drift() -> None:
    drift = np.arange(8, dtype=np.uint8)[:, None, None, None] * np.ones((4, 4, 3), np.uint8)
    assert stability.second_difference(drift) == 0.0
    drift[::2] += 3
    assert stability.second_difference(drift) == 6.0


def test_every_part_of_a_face_has_its_place() -> None:
    portrait = analyse_portrait(demo_picture(GRACE_HOPPER), face_tracker(), min_face_pixels=48)
    masks = part_masks(portrait)
    assert set(masks) == PART_NAMES
    rows = {name: float(np.nonzero(mask)[0].mean()) for name, mask in masks.items()}
    order = ["forehead", "brow left", "eye left", "nose", "mouth", "chin", "neck"]
    assert sorted(order, key=rows.__getitem__) == order
    assert np.nonzero(masks["eye right"])[1].max() < np.nonzero(masks["eye left"])[1].min()


def test_the_page_of_blendshapes_is_true_to_what_is_measured() -> None:
    """All but the measured column, which holds numbers of one machine's run."""
    shipped = docs.DOCUMENT.read_text(encoding="utf-8")
    measured = re.findall(r"^\| `(\w+)` .* \| ([+-][\d.e-]+) \|$", shipped, re.MULTILINE)
    assert [name for name, _ in measured] == list(BLENDSHAPES)
    assert docs.document({name: float(value) for name, value in measured}) == shipped


def test_a_measurement_is_told_as_table_and_json(tmp_path: Path) -> None:
    figure = worst_of("opening", {"a": 0.3, "b": 0.1}, "over", 0.15, "eyes")
    measurement = Measurement("response", (figure,), {"more": [["x"], ["1"]]})
    told = json.loads(json.dumps(measurement.to_json()))
    assert told["figures"][0]["met"] is False
    assert told["figures"][0]["missed"] == ["b"]
    assert figures_table(measurement).row_count == 1


def test_the_script_measures_a_portrait_and_says_whether_all_is_met(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    portrait = face_store(*FACE_MODELS, GRACE_HOPPER).path(GRACE_HOPPER)
    status = measure_puppet.main([str(portrait), "--only", "fidelity", "--json", str(tmp_path / "figures.json")])
    (told,) = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert status == (0 if all(figure["met"] for figure in told["figures"]) else 1)
    assert told["figures"][0]["worst"] == portrait.stem
    assert "PSNR" in capsys.readouterr().out


def test_an_unknown_measurement_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        measure_puppet.main(["--only", "beauty"])
    assert "no measurement beauty; there are fidelity" in capsys.readouterr().err
