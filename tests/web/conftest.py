"""A real browser on the real service. A page that complains on its console, or breaks its policy, fails its test."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, sync_playwright

from tests.browsers import chromium_path
from tests.face_models import ASTRONAUT, FACE_MODELS, GRACE_HOPPER, face_store
from tests.web.live_service import LiveService

PATIENCE_MS: Final = 60_000
FLAGS: Final = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def portraits() -> dict[str, Path]:
    """Two pictures with a face each."""
    keys = (GRACE_HOPPER, ASTRONAUT)
    store = face_store(*FACE_MODELS, *keys)
    return {key: store.path(key) for key in keys}


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path]) -> Iterator[LiveService]:
    """One service for all tests that do not harm it. It has the videos of other tests: name the one you mean."""
    running = LiveService(tmp_path_factory.mktemp("service"))
    running.start()
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def finished(service: LiveService) -> str:
    """The number of a finished job, in which Grace Hopper says good morning."""
    spoken = {"character": "grace-hopper", "text": "Good morning.", "resolution": 128}
    job: str = service.post("/api/v1/generate", spoken)["job_id"]
    return job


@pytest.fixture(scope="session")
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright_: Playwright) -> Iterator[Browser]:
    browser = playwright_.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens an address. `failing` names what the test provokes: such a line of the console is no complaint."""
    complaints: list[str] = []
    contexts = []

    def opened(address: str, *, failing: tuple[str, ...] = (), **options: Any) -> Page:
        def hear(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not any(words in message.text for words in failing):
                complaints.append(f"{message.text} ({message.location.get('url', '')})")

        context = browser.new_context(reduced_motion="reduce", **options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        for page in context.pages:
            page.unroute_all(behavior="ignoreErrors")
        context.close()
    assert complaints == []
