"""Where the service wants a token the page asks for it, once."""

from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService

REFUSED = ("401",)


def test_the_page_asks_for_the_token(tmp_path: Path, portraits: dict[str, Path], open_page: OpenPage) -> None:
    service = LiveService(tmp_path, {"API_TOKENS": "a-secret-for-the-test", "JOB_WORKERS": "0"})
    service.start()
    try:
        assert httpx.get(f"{service.url}/api/v1/jobs").status_code == 401
        page = open_page(service.url, failing=REFUSED)
        dialog = page.get_by_role("dialog", name="Sign in")
        dialog.get_by_label("Token").fill("wrong")
        dialog.get_by_role("button", name="Sign in").click()
        expect(dialog.get_by_role("alert")).to_be_visible()
        dialog.get_by_label("Token").fill("a-secret-for-the-test")
        dialog.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()
        page.reload()
        expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()
        expect(dialog).to_have_count(0)
        page.close()
    finally:
        service.stop()
