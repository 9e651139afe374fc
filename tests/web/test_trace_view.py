"""A job's trace on its page: bars on an axis of time, and what the director was asked and answered."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import expect_ready
from tests.web.test_accessibility import RULES, THEMES, axe
from tests.web.trace_factory import ANSWER, MODEL, Trace, long_job

__all__ = ["axe"]

LONG_TEXT = "This takes a while, and is looked at in the meantime. " * 40
SCALE = """async (turns) => {
  const { traceScale } = await import("/static/trace_scale.js");
  const scale = traceScale(turns, 5);
  return {
    shares: turns.flatMap(({ start, end }) => [scale.share(start), scale.share(end)]),
    ticks: scale.ticks,
    gaps: scale.gaps,
    seconds: scale.seconds,
  };
}"""


@pytest.fixture
def address(service: LiveService, finished: str) -> str:
    """A finished job's page."""
    return f"{service.url}/#/jobs/{finished}"


@pytest.fixture
def long_trace(open_page: OpenPage, address: str) -> Page:
    """The open trace of a job with hundreds of chunks."""
    return open_with(open_page, address, long_job())


def open_with(open_page: OpenPage, address: str, trace: Trace, **options: Any) -> Page:
    page = open_page("about:blank", permissions=["clipboard-read", "clipboard-write"], **options)
    page.route("**/trace", lambda route: route.fulfill(body=trace.json(), content_type="application/json"))
    page.goto(address)
    open_trace(page)
    return page


def open_trace(page: Page) -> None:
    page.locator(".trace > summary").click()
    expect(line(page, "Job").first).to_be_visible()


def line(page: Page, text: str) -> Locator:
    return page.get_by_role("treegrid").locator(".waterfall-row", has_text=text)


def details(page: Page) -> Locator:
    return page.get_by_role("complementary", name="The chosen line")


def chosen(page: Page) -> Locator:
    return page.locator(".waterfall-row[aria-selected=true]")


def test_the_stages_of_a_finished_job(service: LiveService, open_page: OpenPage, address: str, tmp_path: Path) -> None:
    page = open_page(address)
    expect(page.locator(".trace")).not_to_have_attribute("open", "")
    open_trace(page)
    for stage in (
        "Speech",
        "Portrait",
        "Mood",
        "Direction",
        "Motion",
        "Drawing",
        "Chunk 0",
        "Joining",
        "Quality check",
    ):
        expect(line(page, stage).first).to_be_visible()
    line(page, "Portrait").click()
    expect(details(page)).to_contain_text("Picture width")
    job, drawing = (line(page, name).first.locator(".waterfall-bar").bounding_box() for name in ("Job", "Drawing"))
    assert job is not None
    assert drawing is not None
    assert job["x"] <= drawing["x"]
    assert drawing["x"] + drawing["width"] <= job["x"] + job["width"] + 1
    with page.expect_download() as download:
        page.get_by_role("link", name="OTLP JSON").click()
    download.value.save_as(tmp_path / "trace.json")
    spans = json.loads((tmp_path / "trace.json").read_text())["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert {"job", "chunk"} <= {span["name"] for span in spans}


def test_hundreds_of_chunks_are_grouped_and_the_failure_is_shown_first(long_trace: Page) -> None:
    page = long_trace
    expect(page.locator(".trace-sum")).to_have_text(
        "36.0 s of work · 2 turns · 240 chunks · 2 answers of a model for $0.0012 · 2 warnings · 1 failure"
    )
    expect(chosen(page)).to_contain_text("Chunk 137")
    expect(details(page)).to_contain_text("RenderError")
    expect(details(page)).to_contain_text("the engine broke")
    expect(line(page, "Chunks ")).to_have_count(12)
    holds = line(page, "Chunks 120 to 139")
    expect(holds).to_have_attribute("aria-expanded", "true")
    expect(holds.locator("[data-level=bad]").first).to_be_visible()
    holds.locator(".waterfall-fold").click()
    expect(line(page, "Chunk 137")).to_have_count(0)
    expect(line(page, "Chunks 0 to 19")).to_have_attribute("aria-expanded", "false")


def test_the_keyboard_moves_and_folds(long_trace: Page) -> None:
    page = long_trace
    expect(page.locator(".waterfall-row[tabindex='0']")).to_have_count(1)
    chosen(page).focus()
    page.keyboard.press("ArrowLeft")
    expect(chosen(page)).to_contain_text("Chunks 120 to 139")
    page.keyboard.press("ArrowLeft")
    expect(chosen(page)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowUp")
    expect(chosen(page)).to_contain_text("Chunks 100 to 119")
    expect(details(page)).to_contain_text("20 chunks of the video")
    page.keyboard.press("ArrowRight")
    expect(chosen(page)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowRight")
    expect(chosen(page)).to_contain_text("Chunk 100")
    expect(chosen(page)).to_be_focused()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowDown")
    expect(chosen(page)).to_contain_text("Frames")
    expect(details(page)).to_contain_text("0.15 s of it itself")
    page.keyboard.press("Home")
    expect(chosen(page)).to_contain_text("turn 1")
    page.keyboard.press("End")
    expect(chosen(page)).to_contain_text("Joining")
    expect(chosen(page)).to_have_attribute("aria-level", "2")


def test_the_director_shows_what_it_was_asked_and_answered(long_trace: Page) -> None:
    page = long_trace
    answers = line(page, MODEL)
    expect(answers).to_have_count(2)
    answers.first.click()
    expect(details(page)).to_contain_text("This answer could not be played.")
    expect(details(page)).to_contain_text("The answer is no JSON.")
    answers.last.click()
    told = details(page)
    for words in (
        "2,210 in, 318 out",
        "$0.00061",
        "0.31 s",
        "temperature 0.4",
        "mistral_ai",
        "stretch 1",
        "repair of the",
    ):
        expect(told).to_contain_text(words)
    expect(told.locator("summary", has_text="What was asked to be repaired")).to_be_visible()
    told.locator("summary", has_text="Instructions").click()
    expect(told.get_by_label("Instructions", exact=True)).to_have_text("You direct a face.")
    answer = told.get_by_label("Answer", exact=True)
    assert answer.inner_text() == json.dumps(ANSWER, indent=2)
    told.get_by_role("button", name="Copy: Answer").click()
    expect(told.get_by_text("Copied")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()")) == ANSWER
    told.locator("summary", has_text="Answer").last.click()
    expect(answer).not_to_be_visible()


def test_days_of_waiting_take_no_room(open_page: OpenPage, service: LiveService) -> None:
    page = open_page(service.url)
    turns = [{"start": 100.0, "end": 110.0}, {"start": 400_000.0, "end": 400_030.0}]
    scale = page.evaluate(SCALE, turns)
    assert scale["shares"] == pytest.approx([0.0, 0.975 / 4, 0.975 / 4 + 0.025, 1.0])
    assert scale["seconds"] == pytest.approx(40.0)
    assert [tick["words"] for tick in scale["ticks"]] == ["0 s", "10 s", "20 s", "30 s", "40 s"]
    assert scale["gaps"] == [{"share": pytest.approx(0.975 / 4), "seconds": pytest.approx(399_890.0)}]


def test_a_trace_grows_while_the_job_runs(service: LiveService, open_page: OpenPage) -> None:
    asked = {"character": "grace-hopper", "text": LONG_TEXT, "resolution": 256}
    job = service.post("/api/v1/jobs", asked)
    page = open_page(f"{service.url}/#/jobs/{job['job_id']}", failing=("409",))
    open_trace(page)
    expect(line(page, "Job").first).to_contain_text("…")
    expect(line(page, "Portrait").first).to_be_visible()
    service.post(f"/api/v1/jobs/{job['job_id']}/cancel", {})
    expect(line(page, "Job").first).not_to_contain_text("…")


def test_a_trace_that_is_gone_says_so_and_is_asked_for_again(open_page: OpenPage, address: str) -> None:
    page = open_page("about:blank", failing=("410",))
    problem = {
        "detail": "The trace of the job has been removed.",
        "status": 410,
        "title": "Gone",
        "cure": "Make it again.",
    }
    held: list[Route] = []

    def refuse_once(route: Route) -> None:
        held.append(route)
        if len(held) > 1:
            route.fulfill(body=long_job(2).json(), content_type="application/json")
        else:
            route.fulfill(status=410, body=json.dumps(problem), content_type="application/problem+json")

    page.route("**/trace", refuse_once)
    page.goto(address)
    page.locator(".trace > summary").click()
    expect(page.locator(".trace-inside")).to_contain_text("has been removed")
    page.get_by_role("button", name="Try again").click()
    expect(line(page, "Chunk 1")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
def test_everybody_can_use_it(open_page: OpenPage, address: str, axe: str, theme: str) -> None:
    page = open_with(open_page, address, long_job(), color_scheme=theme)
    page.evaluate(axe)
    line(page, MODEL).last.click()
    page.locator(".text-block > summary", has_text="Instructions").click()
    expect_ready(page)
    report: dict[str, Any] = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    assert [f"{entry['id']}: {entry['nodes'][0]['html']}" for entry in report["violations"]] == []


def test_a_small_screen_shows_all_of_it(open_page: OpenPage, address: str) -> None:
    page = open_with(open_page, address, long_job(), viewport={"width": 390, "height": 844})
    line(page, MODEL).last.click()
    expect(details(page)).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = line(page, "Drawing").locator(".waterfall-bar").bounding_box()
    assert box is not None
    assert box["width"] > 150
