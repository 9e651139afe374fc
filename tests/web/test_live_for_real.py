"""The live page with real sessions: over WebRTC, over the WebSocket where UDP is blocked, and when the worker dies."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import expect_live

NO_UDP: Final = r"""
  const nowhere = "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
  const Usual = RTCPeerConnection;
  window.RTCPeerConnection = class extends Usual {
    get localDescription() {
      const { type, sdp } = super.localDescription ?? { type: "offer", sdp: "" };
      return { type, sdp: sdp.replace(/a=candidate.*\r\n/g, nowhere) };
    }
    setRemoteDescription({ type, sdp }) {
      return super.setRemoteDescription({ type, sdp: sdp.replace(/a=candidate.*\r\n/g, "") });
    }
  };
"""
"""Neither side learns an address of the other that it could reach."""

LONG_TEXT: Final = "The sea is calm today. We sail at nine, and nobody has to hurry, for the wind is with us. " * 3


@pytest.fixture(scope="module")
def live_service(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path]) -> Iterator[LiveService]:
    pytest.importorskip("aiortc")
    running = LiveService(
        tmp_path_factory.mktemp("live"), {"JOB_WORKERS": "0", "LIVE_WORKERS": "1", "MAX_LIVE_SESSIONS": "8"}
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()


def begin(page: Page, service: LiveService) -> None:
    page.goto(f"{service.url}/#/live")
    page.locator(".view:not([hidden]) .face-card", has_text="Nova").click()
    page.get_by_role("radio", name="Typing only").check(force=True)
    page.locator("summary", has_text="Voice and picture").click()
    page.get_by_role("combobox", name="Picture").select_option("384")
    page.get_by_role("button", name="Start", exact=True).click()
    expect_live(page)


def say(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="Text", exact=True).fill(text)
    page.keyboard.press("Enter")


def expect_frames(page: Page) -> None:
    """More and more of them are shown."""
    shown = page.get_by_role("region", name="Statistics").locator("div", has_text="Frames shown here").last
    before = int(shown.locator("dd").inner_text().replace("–", "0").replace(",", ""))
    page.wait_for_function(
        "([node, before]) => Number(node.lastElementChild.textContent.replace(',', '')) > before + 5",
        arg=[shown.element_handle(), before],
    )


def test_a_session_over_webrtc_speaks_is_changed_and_stopped(live_service: LiveService, open_page: OpenPage) -> None:
    page = open_page("about:blank")
    begin(page, live_service)
    expect(page.locator(".live-pill")).to_have_text("WebRTC")
    page.get_by_role("button", name="Show statistics").click()
    expect_frames(page)
    say(page, LONG_TEXT)
    expect(page.locator(".live-caption")).to_contain_text("The sea is calm today.")
    expect(page.locator(".live-mood")).to_contain_text("Speaking")
    page.get_by_role("tab", name="Controls").click()
    page.get_by_role("slider", name="Smile").fill("1")
    page.get_by_role("button", name="Nod").click()
    page.get_by_role("button", name="Stop speaking").click()
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator(".talk-cut")).to_have_text("cut off")
    expect(page.locator(".talk-notice.is-bad")).to_have_count(0)
    expect_frames(page)
    page.get_by_role("button", name="End", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    for _ in range(200):
        if not live_service.get("/api/v1/live")["sessions"]:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the session goes on though nobody is there")


def test_blocked_udp_leads_to_the_websocket_and_a_dead_worker_to_another(
    live_service: LiveService, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    page.add_init_script(NO_UDP)
    begin(page, live_service)
    expect(page.locator(".live-pill")).to_have_text("WebSocket: UDP did not get through")
    page.get_by_role("button", name="Show statistics").click()
    say(page, "Good morning.")
    expect(page.locator(".talk-avatar")).to_contain_text("Good morning.")
    expect_frames(page)
    page.goto(f"{live_service.url}/#/status")
    expect(page.locator(".tile", has_text="Live")).to_contain_text("session")
    page.go_back()
    begin(page, live_service)
    for worker in live_service.get("/api/v1/status")["live"]["pids"]:
        os.kill(worker, signal.SIGKILL)
    expect(page.get_by_role("heading", name="The renderer stopped")).to_be_visible()
    page.get_by_role("button", name="Start again").click()
    expect_live(page)
