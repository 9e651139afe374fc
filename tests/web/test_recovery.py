"""The service dies in the middle of a video and comes back: the page goes on by itself."""

from pathlib import Path

from playwright.sync_api import expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_playing, expect_ready, generate, write

GONE = (
    "503",
    "ERR_CONNECTION_REFUSED",
    "ERR_INCOMPLETE_CHUNKED_ENCODING",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
)
LONG_TEXT = "We sail at nine, the sea is calm, and nobody has to hurry. " * 2


def test_a_killed_server_comes_back_and_the_video_plays(
    tmp_path: Path, portraits: dict[str, Path], open_page: OpenPage
) -> None:
    service = LiveService(tmp_path)
    service.start()
    try:
        page = open_page(service.url, failing=GONE)
        choose_character(page, "Grace Hopper")
        write(page, LONG_TEXT)
        generate(page)
        expect(page.locator(".stage[data-state=now] .stage-detail")).to_contain_text(" of ")
        service.kill()
        lost = page.get_by_text("The service is away")
        expect(lost).to_be_visible()
        service.start()
        expect(lost).to_be_hidden()
        expect_ready(page, seconds=90)
        expect_playing(page)
        page.reload()
        expect_ready(page)
        page.locator("video").evaluate("(video) => { video.muted = true; return video.play() }")
        expect_playing(page)
    finally:
        service.stop()
