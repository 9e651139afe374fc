"""The page for everybody: keyboards, screen readers, both themes, and small screens."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from avatar.settings import PROJECT_ROOT
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import expect_playing, expect_ready

AXE = PROJECT_ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
THEMES = ("light", "dark")
WIDTHS = (390, 768, 1024)


@pytest.fixture
def axe() -> str:
    if not AXE.exists():
        pytest.skip("no axe-core here; `npm ci --prefix web` brings it")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def views(finished: str) -> dict[str, str]:
    """Each view's address, and its heading."""
    return {
        "#/": "Make a portrait talk",
        "#/live": "Talk to a portrait",
        "#/videos": "Videos",
        "#/status": "Status",
        f"#/jobs/{finished}": "Grace",
    }


def settle(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    expect(page.locator(".skeleton")).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing_serious(
    service: LiveService, open_page: OpenPage, views: dict[str, str], axe: str, theme: str
) -> None:
    page = open_page(service.url, color_scheme=theme)
    page.evaluate(axe)
    page.locator("summary", has_text="Style and size").click()
    found: list[str] = []
    for address, heading in views.items():
        page.evaluate("(hash) => { location.hash = hash }", address)
        settle(page, heading)
        report: dict[str, Any] = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
        found += [
            f"{address} {entry['impact']} {entry['id']}: {entry['nodes'][0]['html']}" for entry in report["violations"]
        ]
    assert found == []


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_scrolls_sideways(service: LiveService, open_page: OpenPage, views: dict[str, str], width: int) -> None:
    page = open_page(service.url, viewport={"width": width, "height": 844})
    for address, heading in views.items():
        page.evaluate("(hash) => { location.hash = hash }", address)
        settle(page, heading)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_the_keyboard_alone_makes_a_video(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()
    tab_to(page, "input[name=face]")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Eileen Collins")).to_be_checked()
    tab_to(page, "[role=tab]")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Upload")).to_be_focused()
    page.keyboard.press("Home")
    tab_to(page, "textarea")
    page.keyboard.type("Only keys were pressed.")
    tab_to(page, "summary")
    page.keyboard.press("Enter")
    tab_to(page, "input[value=Square]")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "[aria-label='Width in pixels']")
    page.keyboard.type("128")
    page.keyboard.press("Tab")
    page.keyboard.type("128")
    tab_to(page, ".generate-button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/jobs/*")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect_playing(page)
    expect_ready(page)


def tab_to(page: Page, selector: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the Tab key does not reach {selector}")


def test_the_theme_is_remembered(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Use the dark theme").click()
    dark = page.evaluate(ground)
    page.reload()
    assert page.evaluate(ground) == dark != light
    expect(page.get_by_role("button", name="Use the light theme")).to_be_visible()


def test_a_sound_file_is_taken(service: LiveService, open_page: OpenPage, samples: Path) -> None:
    page = open_page(service.url)
    page.get_by_role("tab", name="Upload").click()
    page.locator("input[name=sound]").set_input_files(samples / "audio" / "made" / "speech.m4a")
    expect(page.locator(".preview-facts")).to_contain_text("speech.m4a")
    expect(page.locator(".sound-title")).to_have_text("speech.m4a")
