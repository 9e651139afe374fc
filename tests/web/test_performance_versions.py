"""Previews of a performance, saving it, leaving it, and other versions of a finished video."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import expect_ready
from tests.web.test_accessibility import AXE, RULES, THEMES
from tests.web.timeline_steps import (
    PLAYING,
    block,
    cue,
    detail,
    drag_by,
    open_editor,
    performance_on,
    review_of,
    settle,
)

HOUR_SECONDS = 3600.0
CUES_OF_AN_HOUR = 2400
MOST_ELEMENTS = 1500


def test_a_preview_plays_and_follows_an_edit(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, [cue("nod", 1.0)]))
    block(page, "Nod").click()
    first = performance_on(page, page.get_by_role("button", name="Preview").click, "/preview")
    page.wait_for_function(PLAYING)
    assert page.evaluate("!document.querySelector('.stretch video').muted")
    shown = page.locator(".stretch video").get_attribute("src")
    second = performance_on(page, lambda: detail(page, "Intensity").fill("0.2"), "/preview")
    assert (first["cues"][0]["intensity"], second["cues"][0]["intensity"]) == (0.8, 0.2)
    expect(page.locator(".stretch video")).not_to_have_attribute("src", shown or "")
    page.wait_for_function(PLAYING)


def test_the_sound_plays_and_moves_the_playhead(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, []))
    page.get_by_role("button", name="Play the sound").click()
    handle = page.get_by_role("slider", name="Playhead")
    page.wait_for_function(
        "() => Number(document.querySelector('.playhead-handle').getAttribute('aria-valuenow')) > 0.3"
    )
    page.get_by_role("button", name="Pause the sound").click()
    expect(page.get_by_role("button", name="Play the sound")).to_be_visible()
    handle.focus()
    page.keyboard.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "0.00")


def test_a_finished_video_gets_another_version(service: LiveService, open_page: OpenPage, finished: str) -> None:
    page = open_page(f"{service.url}/#/jobs/{finished}")
    page.get_by_role("button", name="Edit performance").click()
    settle(page)
    expect(page.locator(".saved-state")).to_have_text("As in this video")
    detail(page, "Smile").fill("0.85")
    page.get_by_role("button", name="Make this version").click()
    page.wait_for_url(lambda url: finished not in url and "#/jobs/" in url)
    expect_ready(page)
    again = page.url.rsplit("/", 1)[-1]
    assert service.get(f"/api/v1/jobs/{again}/performance")["controls"]["smile"] == 0.85
    assert service.get(f"/api/v1/jobs/{again}")["rerender_of"] == finished
    assert service.get(f"/api/v1/jobs/{finished}/performance")["controls"]["smile"] != 0.85


def test_another_version_may_have_another_quality(service: LiveService, open_page: OpenPage, finished: str) -> None:
    page = open_page(f"{service.url}/#/jobs/{finished}", failing=("429",))
    asked: list[Any] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.post_data_json)
        problem = {"detail": "The queue is full.", "cure": "Wait.", "kind": "QueueFullError"}
        route.fulfill(status=429, content_type="application/problem+json", json=problem)

    page.route("**/rerender", refuse)
    page.get_by_role("button", name="Edit performance").click()
    settle(page)
    quality = page.get_by_role("region", name="Grace Hopper").get_by_label("Quality")
    make = page.get_by_role("button", name="Make this version")
    make.click()
    expect(page.get_by_role("alert")).to_contain_text("The queue is full.")
    quality.select_option("High: 1080p")
    make.click()
    page.wait_for_function("() => !document.querySelector('.editor-head [aria-busy]')")
    assert [request.get("preset") for request in asked] == [None, "high"]


def test_saved_edits_last_and_the_directors_come_back(service: LiveService, open_page: OpenPage) -> None:
    job = review_of(service, [cue("frown", 1.0)])
    page = open_editor(service, open_page, job)
    block(page, "Frown").click()
    page.keyboard.press("Delete")
    expect(page.locator(".saved-state")).to_have_text("Edited")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".saved-state")).to_have_text("Saved")
    page.reload()
    settle(page)
    expect(page.locator(".cue")).to_have_count(0)
    page.get_by_role("button", name="Back to the director's").click()
    written = service.get(f"/api/v1/jobs/{job}/performance?written=true")["cues"]
    expect(page.locator(".cue")).to_have_count(len(written))
    expect(page.locator(".saved-state")).to_have_text("Edited")


def test_somebody_elses_edit_is_not_overwritten(service: LiveService, open_page: OpenPage) -> None:
    job = review_of(service, [cue("frown", 1.0)])
    page = open_editor(service, open_page, job, failing=("412",))
    path = f"/api/v1/jobs/{job}/performance"
    service.put(path, {**service.get(path), "cues": []})
    block(page, "Frown").click()
    page.keyboard.press("+")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".editor-trouble [role=alert]")).to_contain_text("changed by somebody else")
    assert service.get(path)["cues"] == []


def test_leaving_edits_behind_is_asked_about(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, [cue("frown", 1.0)]))
    block(page, "Frown").click()
    page.keyboard.press("Delete")
    page.get_by_role("link", name="Status").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("Leave without saving?")
    asked.get_by_role("button", name="Cancel").click()
    expect(page.locator(".saved-state")).to_have_text("Edited")
    page.evaluate("location.hash = '#/status'")
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    page.go_back()
    expect(page.get_by_text("Your unsaved edits are back")).to_be_visible()
    expect(page.locator(".saved-state")).to_have_text("Edited")
    page.get_by_role("link", name="Status").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")


def test_an_hour_is_edited_as_a_minute(service: LiveService, open_page: OpenPage) -> None:
    """The page alone: what the service would say of an hour is made up."""
    job = review_of(service, [])
    page = open_page("about:blank")
    answer_for_an_hour(page)
    page.goto(f"{service.url}/#/jobs/{job}")
    settle(page)
    page.get_by_role("button", name="Show the whole sound").click()
    expect(page.locator(".cue-ticks")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    scroller = page.locator(".timeline-scroll")
    scroller.hover()
    page.keyboard.down("Control")
    for _ in range(12):
        page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(page.locator(".cue").first).to_be_visible()
    expect(page.locator(".cue-ticks")).to_be_hidden()
    scroller.evaluate("(node) => { node.scrollLeft = node.scrollWidth }")
    last = block(page, "at 59:")
    expect(last.first).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < MOST_ELEMENTS
    last.last.click()
    expect(page.locator(".inspector")).to_contain_text("Duplicate")


def answer_for_an_hour(page: Page) -> None:
    words = [{"text": f"word{n}", "start": n * 0.5, "end": n * 0.5 + 0.4} for n in range(int(HOUR_SECONDS * 2) - 2)]
    wave = {"step_seconds": 0.6, "peaks": [0.2 + 0.1 * (n % 7) for n in range(6000)]}
    spoken = {"duration": HOUR_SECONDS, "words": words, "phrases": [], "emphases": [], "emotions": [], "waveform": wave}
    cues = [cue("nod" if n % 2 else "blink", n * 1.5 + 0.5) for n in range(CUES_OF_AN_HOUR)]
    names = ("pitch", "yaw", "roll", "gaze_yaw", "gaze_pitch", "blink", "brow", "smile", "jaw", "lean")
    curves = {"fps": 3000 / HOUR_SECONDS, "frames": 3000, "step": 30, "curves": {name: [0.1] * 3000 for name in names}}

    def performance(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(json={**answer.json(), "cues": cues}, headers={"ETag": '"0"'})

    page.route("**/api/v1/jobs/*/speech", lambda route: route.fulfill(json=spoken))
    page.route("**/api/v1/jobs/*/curves", lambda route: route.fulfill(json=curves))
    page.route("**/api/v1/jobs/*/performance*", performance)


def test_who_directed_and_how_a_model_fared_is_told(service: LiveService, open_page: OpenPage) -> None:
    """What a service with a model would say is made up."""
    job = review_of(service, [])
    dropped = "2 cues on unknown words were dropped"
    report = {
        "endpoint": "mistral",
        "model": "mistral-small-latest",
        "segments": 2,
        "questions": 3,
        "repaired": 1,
        "unplayable": 1,
        "by_rules": 1,
        "fallback": "it did not answer within 10 s",
        "fallback_reason": "timeout",
        "problems": {"dropped": 2},
        "told": [dropped],
        "tokens_in": 1200,
        "tokens_out": 340,
        "cost_usd": 0.0004,
        "seconds": 2.5,
        "first_token_seconds": 0.2,
    }

    def with_report(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), "director": "mistral", "direction_report": report})

    page = open_page("about:blank")
    page.route(f"**/api/v1/jobs/{job}", with_report)
    page.goto(f"{service.url}/#/jobs/{job}")
    told = page.locator(".job-outcome")
    expect(told).to_contain_text("Directed by Mistral.")
    for words in ("mistral-small-latest", "1200 + 340 tokens", "1 stretch was asked for again", dropped):
        expect(told).to_contain_text(words)
    expect(told).to_contain_text("Rules directed 1 of 2 stretches: it did not answer within 10 s")


def test_why_a_director_is_not_available_is_told(service: LiveService, open_page: OpenPage) -> None:
    missing = {"name": "mistral", "available": False, "is_auto": False, "why": "set MISTRAL_API_KEY"}

    def without_mistral(route: Route) -> None:
        status = route.fetch().json()
        others = [each for each in status["directors"] if each["name"] != "mistral"]
        route.fulfill(json={**status, "directors": [missing, *others]})

    page = open_page("about:blank")
    page.route("**/api/v1/status", without_mistral)
    page.goto(service.url)
    page.locator("summary", has_text="Style and size").click()
    expect(page.get_by_text("Mistral is not available: set MISTRAL_API_KEY")).to_be_visible()
    expect(page.get_by_label("Director").get_by_role("option", name="Mistral")).to_be_disabled()


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_in_the_editor(service: LiveService, open_page: OpenPage, theme: str) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here; `npm ci --prefix web` brings it")
    page = open_editor(service, open_page, review_of(service, [cue("turn", 1.0)]), color_scheme=theme)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    page.get_by_role("button", name="Keys").click()
    found = violations(page)
    block(page, "Turn").click()
    found += violations(page)
    page.get_by_role("button", name="Delete what is selected").click()
    page.get_by_role("button", name="Split", exact=True).click()
    found += violations(page)
    assert found == []


def violations(page: Page) -> list[str]:
    report: dict[str, Any] = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    return [f"{entry['id']}: {json.dumps(entry['nodes'][0]['html'])}" for entry in report["violations"]]


def test_a_finger_edits_on_a_small_screen(service: LiveService, open_page: OpenPage) -> None:
    job = review_of(service, [cue("nod", 1.0)])
    page = open_editor(service, open_page, job, viewport={"width": 390, "height": 844}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    nod = block(page, "Nod")
    nod.scroll_into_view_if_needed()
    nod.tap()
    expect(page.get_by_role("heading", name="Nod")).to_be_visible()
    drag_by(page, nod, 50)
    expect(page.locator(".saved-state")).to_have_text("Edited")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
