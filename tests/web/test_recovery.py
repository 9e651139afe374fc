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
    "ERR_SOCKET_NOT_CONNECTED",
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


def test_a_job_that_is_gone_and_a_session_that_is_over_are_said_so(
    tmp_path: Path, portraits: dict[str, Path], open_page: OpenPage
) -> None:
    """Another service answers at the same address: it wants a token, and does not know the job.

    Whoever asked for the pictures of a job that is only in the queue would be refused in the end.
    """
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    for folder in (first, second, third):
        folder.mkdir()
    service = LiveService(first, {"JOB_WORKERS": "0"})
    service.start()
    try:
        job = service.post("/api/v1/jobs", {"character": "grace-hopper", "text": "I wait.", "resolution": 128})
        page = open_page(f"{service.url}/#/jobs/{job['job_id']}", failing=(*GONE, "404", "401"))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.reload()
        expect(page.get_by_text("In the queue", exact=True)).to_be_visible()
        service.kill()
        service = LiveService(second, {"JOB_WORKERS": "0"}, service.port)
        service.start()
        expect(page.get_by_role("alert")).to_contain_text("This video was deleted")
        assert any(url.endswith(f"/jobs/{job['job_id']}") for url in asked)
        assert not [url for url in asked if "/stream" in url]
        job = service.post("/api/v1/jobs", {"character": "grace-hopper", "text": "I wait.", "resolution": 128})
        page.goto(f"{service.url}/#/jobs/{job['job_id']}")
        expect(page.get_by_text("In the queue", exact=True)).to_be_visible()
        service.kill()
        service = LiveService(third, {"JOB_WORKERS": "0", "API_TOKENS": "a-secret-for-the-test"}, service.port)
        service.start()
        expect(page.get_by_role("dialog", name="Sign in")).to_be_visible()
    finally:
        service.stop()
