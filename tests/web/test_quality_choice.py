"""Quality, engine and enhancement on the form: what they show, and what the request says of them."""

from typing import Any

from playwright.sync_api import Route, expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, write


def test_a_preset_fits_the_shapes_and_is_asked_for(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, failing=("429",))
    asked: list[Any] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.post_data_json)
        problem = {"detail": "The queue is full.", "cure": "Wait.", "kind": "QueueFullError"}
        route.fulfill(status=429, content_type="application/problem+json", json=problem)

    page.route("**/api/v1/jobs", refuse)
    choose_character(page, "Grace Hopper")
    write(page, "Good morning.")
    page.locator("summary", has_text="Style and size").click()
    landscape = page.locator(".shape", has_text="Landscape")
    expect(landscape).to_contain_text("1280 × 720")
    page.get_by_label("Quality").select_option("High: 1080p")
    expect(landscape).to_contain_text("1920 × 1080")
    landscape.click()
    expect(page.get_by_label("Frames").locator("option").first).to_have_text("Automatic: 30")
    page.get_by_label("Enhancement").select_option("Detail, without flicker")
    page.get_by_label("Strength").fill("0.5")
    page.get_by_label("Enlarge to").select_option("1080p")
    page.get_by_role("button", name="Generate video").click()
    expect(page.get_by_role("alert")).to_contain_text("The queue is full.")
    wanted = {
        "preset": "high",
        "resolution": "1920x1080",
        "enhance": "detail",
        "enhance_strength": 0.5,
        "upscale": "1080p",
    }
    assert {name: asked[0].get(name) for name in wanted} == wanted
    assert not {"fps", "renderer"} & asked[0].keys()


def test_engines_that_cannot_draw_say_why(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    page.locator("summary", has_text="Style and size").click()
    engine = page.get_by_label("Engine")
    expect(engine.locator("option", has_text="SadTalker 512")).to_be_disabled()
    page.get_by_text("Why some are not available").click()
    expect(page.locator(".missing li", has_text="SadTalker 512")).to_contain_text("It lacks sadtalker-512")
    page.get_by_role("link", name="Bring model files on the status page").click()
    expect(page.get_by_role("heading", name="Model files")).to_be_visible()
