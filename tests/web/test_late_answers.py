"""Answers that come late, twice or never: what was chosen last holds."""

from pathlib import Path
from typing import Final

from playwright.sync_api import expect

from tests.face_models import ASTRONAUT, GRACE_HOPPER
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_playing, expect_ready, generate, hold, write

REFUSED_PREVIEW: Final = "The preview cannot be played here"
NO_CODEC: Final = """() => {
  MediaSource.prototype.addSourceBuffer = () => { throw new DOMException("no such codec", "NotSupportedError"); };
}"""
SLOW_MICROPHONE: Final = """() => {
  window.streams = [];
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  window.asked = 0;
  devices.getUserMedia = async (wanted) => {
    window.asked += 1;
    await new Promise((resolve) => { window.allow = resolve; });
    const stream = await open(wanted);
    window.streams.push(stream);
    return stream;
  };
}"""
ALL_RELEASED: Final = """() => window.streams.length === 1
  && window.streams.every((stream) => stream.getTracks().every((track) => track.readyState === "ended"))"""
TWO_CLICKS: Final = "(button) => { button.click(); button.click(); }"


def test_an_older_filter_does_not_come_through(service: LiveService, open_page: OpenPage, finished: str) -> None:
    page = open_page(f"{service.url}/#/videos")
    expect(page.locator(".job-card").first).to_be_visible()
    held = hold(page, "**/api/v1/jobs?*status=completed*")
    with page.expect_request("**/api/v1/jobs?*status=completed*"):
        page.get_by_label("Show").select_option("Ready")
    page.get_by_label("Show").select_option("Failed")
    expect(page.get_by_role("heading", name="Nothing here")).to_be_visible()
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".job-card")).to_have_count(0)


def test_the_newest_picture_wins(service: LiveService, open_page: OpenPage, portraits: dict[str, Path]) -> None:
    page = open_page(service.url)
    held = hold(page, "**/api/v1/upload/image", times=1)
    with page.expect_request("**/api/v1/upload/image"):
        page.locator("input[name=picture]").set_input_files(portraits[ASTRONAUT])
    page.locator("input[name=picture]").set_input_files(portraits[GRACE_HOPPER])
    expect(page.get_by_text("Face found")).to_be_visible()
    for route in held:
        route.continue_()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("radio", name=portraits[GRACE_HOPPER].stem, exact=True)).to_be_checked()
    expect(page.get_by_role("radio", name=portraits[ASTRONAUT].stem, exact=True)).to_have_count(0)


def test_a_face_picked_during_an_upload_stays(
    service: LiveService, open_page: OpenPage, portraits: dict[str, Path]
) -> None:
    page = open_page(service.url)
    held = hold(page, "**/api/v1/upload/image")
    with page.expect_request("**/api/v1/upload/image"):
        page.locator("input[name=picture]").set_input_files(portraits[ASTRONAUT])
    choose_character(page, "Grace Hopper")
    for route in held:
        route.continue_()
    expect(page.get_by_text("Face found")).to_be_visible()
    expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()


def test_the_microphone_is_opened_once_and_released(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, permissions=["microphone"])
    page.evaluate(SLOW_MICROPHONE)
    page.get_by_role("tab", name="Record").click()
    start = page.get_by_role("button", name="Start recording")
    start.evaluate(TWO_CLICKS)
    expect(start).to_be_disabled()
    page.evaluate("window.allow()")
    expect(page.locator(".record-time")).to_have_text("0:01")
    page.get_by_role("button", name="Stop").evaluate(TWO_CLICKS)
    expect(page.locator(".preview-facts")).to_contain_text("Your recording")
    assert page.evaluate("window.asked") == 1
    page.wait_for_function(ALL_RELEASED)


def test_a_microphone_allowed_too_late_is_released(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, permissions=["microphone"])
    page.evaluate(SLOW_MICROPHONE)
    page.get_by_role("tab", name="Record").click()
    page.get_by_role("button", name="Start recording").click()
    page.get_by_role("tab", name="Type").click()
    page.evaluate("window.allow()")
    page.wait_for_function(ALL_RELEASED)
    page.get_by_role("tab", name="Record").click()
    expect(page.get_by_role("button", name="Start recording")).to_be_enabled()


def test_a_preview_that_cannot_play_is_asked_for_once(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, failing=(REFUSED_PREVIEW,))
    page.evaluate(NO_CODEC)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    choose_character(page, "Grace Hopper")
    write(page, "The preview of this sentence cannot be played by this browser, so its file is. " * 3)
    generate(page)
    expect(page.get_by_text("The video is shown once it is finished")).to_be_visible()
    expect_ready(page)
    expect_playing(page)
    assert len([url for url in asked if "/stream/init.mp4" in url]) == 1
