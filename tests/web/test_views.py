"""The lists and figures beside the form."""

import pytest
from playwright.sync_api import expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService

MOODS = "I am so happy, I love this wonderful day and I laugh! But this is outrageous, I hate it, damned liar!"


@pytest.fixture(scope="module")
def moody(service: LiveService) -> str:
    """The number of a finished job that is among the newest."""
    spoken = {"character": "grace-hopper", "text": MOODS, "resolution": 64}
    job: str = service.post("/api/v1/generate", spoken)["job_id"]
    return job


def test_videos_are_filtered_by_their_status(service: LiveService, open_page: OpenPage, moody: str) -> None:
    page = open_page(f"{service.url}/#/videos")
    expect(page.locator(".job-card", has_text="I am so happy").first).to_be_visible()
    page.get_by_label("Show").select_option("Failed")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    expect(page.locator(".job-card")).to_have_count(0)
    page.get_by_label("Show").select_option("Ready")
    page.locator(".job-card").first.click()
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def test_a_finished_video_tells_its_mood_over_time_and_who_says_so(
    service: LiveService, open_page: OpenPage, moody: str
) -> None:
    page = open_page(f"{service.url}/#/jobs/{moody}")
    expect(page.get_by_role("link", name="Download")).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("words:")
    expect(page.locator(".facts")).to_contain_text("face:")
    chart = page.locator(".details-card", has_text="Mood over time")
    expect(chart.locator(".legend")).to_contain_text("Happy")
    expect(chart.locator(".legend")).to_contain_text("Angry")
    expect(chart.locator("svg rect").first).to_be_attached()


def test_the_status_names_engines_and_draws_its_figures(service: LiveService, open_page: OpenPage, moody: str) -> None:
    page = open_page(f"{service.url}/#/status")
    puppet = page.locator(".engine").filter(has=page.get_by_role("heading", name="Puppet", exact=True))
    expect(puppet.locator(".pill")).to_have_text("Available")
    expect(puppet).to_contain_text("10 s of speech")
    expect(page.locator(".tile").filter(has=page.get_by_text("Workers", exact=True))).to_contain_text("of 1 busy")
    espeak = page.locator(".engine").filter(has=page.get_by_role("heading", name="eSpeak NG", exact=True))
    expect(espeak.locator(".pill")).to_have_text("Available")
    charts = page.locator(".chart-card")
    expect(charts).to_have_count(2)
    for chart in charts.all():
        expect(chart.locator("svg g rect").first).to_be_attached()
        chart.get_by_text("As a table").click()
        expect(chart.get_by_role("rowheader", name="I am so happy").first).to_be_visible()


def test_nothing_is_fetched_from_elsewhere(service: LiveService, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for view in ("", "#/videos", "#/status"):
        page.goto(f"{service.url}/{view}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert asked
    assert [url for url in asked if not url.startswith((service.url, "blob:", "data:"))] == []
