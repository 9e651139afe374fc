"""What a person does on the page."""

from typing import Final

from playwright.sync_api import Page, Route, expect

PATIENCE_MS: Final = 60_000
MOVING: Final = """() => {
  const video = document.querySelector(".view:not([hidden]) video");
  return video && video.currentTime > 0.2;
}"""

expect.set_options(timeout=PATIENCE_MS)


def choose_character(page: Page, name: str) -> None:
    page.locator(".face-card", has_text=name).click()
    expect(page.get_by_role("radio", name=name)).to_be_checked()


def write(page: Page, text: str) -> None:
    page.get_by_label("Text to speak").fill(text)


def make_it_small(page: Page) -> None:
    """A small video is drawn in no time."""
    page.locator("summary", has_text="Style and size").click()
    page.locator(".shape", has_text="Custom").click()
    page.get_by_label("Width in pixels").fill("128")
    page.get_by_label("Height in pixels").fill("128")


def generate(page: Page) -> None:
    page.get_by_role("button", name="Generate video").click()
    page.wait_for_url("**/#/jobs/*")


def hold(page: Page, pattern: str, times: int | None = None) -> list[Route]:
    """Requests that stay unanswered until the test lets them go on."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(pattern, keep, times=times)
    return held


def expect_playing(page: Page) -> None:
    """The video moves, whether it is still rendered or finished."""
    page.wait_for_function(MOVING, timeout=PATIENCE_MS)


def expect_ready(page: Page, seconds: float = PATIENCE_MS / 1000) -> None:
    expect(page.locator(".job-state")).to_contain_text("Ready", timeout=1000 * seconds)
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def expect_live(page: Page) -> None:
    """A session's first picture has come."""
    expect(page.locator(".live-screen")).to_have_class("live-screen is-moving")
