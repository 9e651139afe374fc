"""`python main.py evaluate` from the scenario to the page, with nothing in place of anything."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.cli.app import app
from avatar.settings import PROJECT_ROOT
from evaluator.metrics import METRICS
from tests.face_models import FACE_MODELS, GRACE_HOPPER, face_store
from video_processor.encoding import video_info

VOID = frozenset({"meta", "br", "path", "use"})

SCENARIO = """
size: %d
thresholds:
  lip_correlation: {at_least: 0.6}
  lse_d: {at_most: 8}
  flicker: {at_most: %s}
scenarios:
  - {name: tiny, portrait: grace-hopper, language: en, text: Maybe my papa may buy me a pony.}
"""


class Tags(HTMLParser):
    """Notes what a page holds, and that every element that is opened is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)
        assert not [value for name, value in attrs if name in ("src", "href") and not (value or "").startswith("#")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    face_store(GRACE_HOPPER, *FACE_MODELS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["evaluate", *arguments])


def written(folder: Path, flicker: str = "9", size: int = 192) -> str:
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO % (size, flicker), encoding="utf-8")
    return str(path)


def test_a_scenario_becomes_figures_a_page_and_a_video(place: Path) -> None:
    pytest.importorskip("matplotlib")
    done = run("--scenario", written(place), "--json", "e.json", "--html", "e.html", "--videos", ".")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads((place / "e.json").read_text(encoding="utf-8"))
    (tiny,) = found["runs"]
    metrics = {name: value["value"] for name, value in tiny["metrics"].items()}
    assert found["passed"]
    assert metrics.keys() == METRICS.keys()
    assert metrics["lip_correlation"] > 0.6
    assert abs(metrics["lip_offset_ms"]) <= 60
    assert metrics["closed_at_bilabials"] > metrics["closed_at_random"]
    assert 60 < metrics["voice_f0_hz"] < 400
    assert metrics["real_time_factor"] > 0
    assert {name: tiny["metrics"][name]["why"] for name in ("lse_d", "lpips", "word_error_rate")} == {
        "lse_d": "SyncNet is not installed",
        "lpips": "LPIPS is not installed",
        "word_error_rate": "a recogniser is not installed",
    }
    assert {"render", "encode", "quality_gate", "total"} <= tiny["seconds"].keys()
    assert {check["name"]: check["done"] for check in tiny["quality"]}["black"]
    assert tuple(video_info(place / "tiny.mp4").size) == (192, 192)
    page = Tags()
    page.feed((place / "e.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert page.seen.count("svg") == 5
    assert "Lips against speech" in page.text
    assert not re.search(r"https?://(?!www\.w3\.org|purl\.org|creativecommons|matplotlib)", page.text)


def test_a_bound_that_is_missed_ends_with_1(place: Path) -> None:
    done = run("--scenario", written(place, "0.0001", 96), "--json", "e.json")
    assert done.exit_code == 1
    assert "Flicker where nothing moves" in done.output
    assert "MISSED" in done.output
    assert not json.loads((place / "e.json").read_text(encoding="utf-8"))["passed"]


def test_a_run_that_fails_is_told_and_ends_with_1(place: Path) -> None:
    (place / "cat.png").write_bytes((PROJECT_ROOT / "web" / "static" / "characters" / "nova.png").read_bytes()[:900])
    path = place / "scenario.yaml"
    path.write_text("scenarios: [{name: cat, portrait: cat.png, text: Miaow.}]", encoding="utf-8")
    done = run("--scenario", str(path), "--json", "e.json")
    assert done.exit_code == 1
    (cat,) = json.loads((place / "e.json").read_text(encoding="utf-8"))["runs"]
    assert "cat.png" in cat["error"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scenario", "no.yaml"], "no.yaml cannot be read"),
        (["--scenario", "x.yaml", "--samples", "."], "both given"),
        (["--samples", "."], "manifest.csv"),
        (["--only", "nobody"], "no run 'nobody'"),
        (["--json", "e.txt"], "does not end in .json"),
        (["--videos", "nowhere"], "is no folder"),
    ],
)
def test_what_cannot_be_used_ends_with_2(arguments: list[str], message: str, place: Path) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.output


@pytest.mark.samples
def test_real_lips_are_matched_through_the_whole_pipeline(place: Path, samples: Path) -> None:
    folder = str(samples / "talking")
    options = ["--samples", folder, "--only", "grid_pwij3p,grid_lbax4n", "--size", "192", "--json", "e.json"]
    done = run(*options)
    assert done.exit_code in (0, 1), done.output
    found = json.loads((place / "e.json").read_text(encoding="utf-8"))
    values = {name: value["value"] for name, value in found["together"].items()}
    assert values["reference_correlation"] > 0.4
    assert values["correlation_loss"] < 0.1
    assert abs(values["reference_offset_ms"]) <= 60
    assert 0.5 < values["reference_spread"] < 2
    assert values["film_correlation"] > 0.4
    bounded = ["correlation_loss", "reference_offset_ms", "reference_spread"]
    assert [verdict["metric"] for verdict in found["verdicts"]] == bounded
