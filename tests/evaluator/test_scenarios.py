"""What a scenario file may hold, and what is said of one that is wrong."""

from pathlib import Path

import pytest

from avatar.errors import InputError
from evaluator.bounds import Bound, judge
from evaluator.metrics import METRICS, known, unknown
from evaluator.reference import read_reference
from evaluator.samples import sample_scenarios
from evaluator.scenarios import DEFAULT_FILE, load_scenarios

GOOD = "scenarios:\n  - {name: one, portrait: nova, text: Hello there., language: en}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "scenarios.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_projects_own_scenarios_are_in_order() -> None:
    found = load_scenarios(DEFAULT_FILE)
    assert len(found) >= 6
    assert len({scenario.language for scenario in found}) >= 5
    assert all(scenario.thresholds for scenario in found)
    assert {scenario.portrait for scenario in found} == {"grace-hopper", "astronaut", "nova"}


def test_a_scenarios_own_values_come_before_the_files(tmp_path: Path) -> None:
    text = (
        "size: 256\nfps: 29.97\nseed: 4\nthresholds: {flicker: {at_most: 1}, blink_rate: {at_least: 2}}\n"
        "scenarios:\n"
        "  - {name: a, portrait: nova, text: Hi., size: 128, controls: {smile: 0.4},"
        " thresholds: {flicker: {at_most: 0.5}}}\n"
        "  - {name: b, portrait: nova, text: Ho., seconds: 3}\n"
    )
    a, b = load_scenarios(written(tmp_path, text))
    assert (a.size, a.fps, a.seed, dict(a.controls)) == (128, "29.97", 4, {"smile": 0.4})
    assert (b.size, b.seconds) == (256, 3)
    assert a.thresholds == {"flicker": Bound(at_most=0.5), "blink_rate": Bound(at_least=2)}


def test_every_picture_of_a_folder_meets_every_sound(tmp_path: Path) -> None:
    for name in ("faces/ann.jpg", "faces/bob.png", "faces/notes.txt", "sounds/x.wav", "sounds/y.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = load_scenarios(written(tmp_path, "scenarios: [{name: all, portrait: faces, audio: sounds}]"))
    assert [scenario.name for scenario in found] == ["all ann x", "all ann y", "all bob x", "all bob y"]
    assert found[3].portrait == tmp_path / "faces" / "bob.png"
    assert found[3].audio == tmp_path / "sounds" / "y.mp3"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenarios: [", "is not YAML"),
        ("just a line", "does not hold `scenarios:`"),
        ("scenarios: []", "at least 1 item"),
        ("scenarios: [{portrait: nova, text: Hi.}]", r"scenarios\.0\.name: Field required"),
        ("scenarios: [{name: a, portrait: nova}]", "either a text or an audio"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., audio: x.wav}]", "either a text or an audio"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., colour: red}]", "colour: Extra inputs"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., size: 127}]", r"scenarios\.0\.size"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., fps: fast}]", "not a frame rate"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., seconds: -1}]", r"scenarios\.0\.seconds"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., controls: {smiles: 1}}]", "smiles"),
        ("scenarios: [{name: a, portrait: nobody, text: Hi.}]", "none of grace-hopper, astronaut, nova"),
        ("scenarios: [{name: a, portrait: nova, audio: no.wav}]", "'no.wav' is no file"),
        ("scenarios: [{name: a, portrait: nova, text: Hi., reference: no.csv}]", "'no.csv' is no file"),
        ("thresholds: {beauty: {at_least: 1}}\n" + GOOD, "no metric 'beauty'"),
        ("thresholds: {flicker: {}}\n" + GOOD, "give at_least, at_most, or both"),
        ("thresholds: {flicker: {at_least: 2, at_most: 1}}\n" + GOOD, "at_least is above at_most"),
        (GOOD + "  - {name: one, portrait: nova, text: Again.}\n", "two scenarios are called 'one'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_scenarios(written(tmp_path, text))
    assert "scenarios.yaml" in caught.value.message
    assert caught.value.cure


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.yaml cannot be read"):
        load_scenarios(tmp_path / "no.yaml")


def test_bounds_are_judged_and_only_optional_figures_may_be_missing() -> None:
    bounds = {name: Bound(at_least=1.0, at_most=2.0) for name in ("flicker", "blink_rate", "lse_d", "lip_offset_ms")}
    values = {"flicker": known(1.5), "blink_rate": known(2.5), "lse_d": unknown("x"), "lip_offset_ms": unknown("x")}
    verdicts = {verdict.metric: verdict for verdict in judge(values, bounds)}
    assert {name: verdict.met for name, verdict in verdicts.items()} == {
        "flicker": True,
        "blink_rate": False,
        "lse_d": None,
        "lip_offset_ms": False,
    }
    assert verdicts["flicker"].bound == "at least 1, at most 2"
    assert set(bounds) <= METRICS.keys()


def test_a_reference_is_read_with_its_lag_and_without_frames_that_lack_a_face(tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    path.write_text("frame,t,face,mouth_open\n0,0.0,1,0.1\n1,0.04,0,\n2,0.08,1,0.3\n", encoding="utf-8")
    reference = read_reference(path, offset=0.02)
    assert reference.opening.tolist() == [0.1, 0.3]
    assert reference.sound_times.tolist() == pytest.approx([-0.02, 0.06])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "lacks the columns"),
        ("", "lacks the columns"),
        ("t,mouth_open\n0,0.1\n0.04,much\n", "Line 3"),
        ("t,mouth_open\n0.04,0.1\n0.0,0.2\n", "no rising times"),
        ("t,mouth_open\n0.04,0.1\n", "no rising times"),
    ],
)
def test_what_is_wrong_with_a_reference_is_said(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "curves.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_reference(path)


def test_only_clips_whose_lips_belong_to_their_sound_are_taken(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("name,use,offset_ms\nann,lips,-40\nbob,motion,\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"lacks ann\.wav"):
        sample_scenarios(tmp_path)
    for end in (".wav", ".portrait.jpg", ".curves.csv"):
        (tmp_path / f"ann{end}").touch()
    (scenario,) = sample_scenarios(tmp_path, 256)
    assert (scenario.name, scenario.reference_offset, scenario.film, scenario.size) == ("ann", -0.04, None, 256)
    (tmp_path / "ann.mp4").touch()
    assert sample_scenarios(tmp_path)[0].film == tmp_path / "ann.mp4"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [("name,use\na,lips\n", "lacks the columns"), ("name,use,offset_ms\na,motion,0\n", "no clip whose use is 'lips'")],
)
def test_what_is_wrong_with_a_folder_of_samples_is_said(manifest: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text(manifest, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        sample_scenarios(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        sample_scenarios(tmp_path / "nowhere")
