"""Model files on the status page: listed with their licences, brought with progress, cancelled, mended, refused."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Locator, Page, expect

from api.rest import drawing_engines, model_uses
from api.rest.app import create_app
from avatar.settings import load_settings
from tests.api.rest.model_source import FREE, NONCOMMERCIAL, model_server, write_registry
from tests.api.rest.real_server import served
from tests.api.rest.service_fakes import FakeDesk
from tests.models.conftest import Server
from tests.web.conftest import OpenPage
from tests.web.test_accessibility import AXE, RULES, THEMES
from video_processor.renderers.base import Renderer, RendererCapabilities
from video_processor.renderers.still import StillRenderer

GROUP: Final = "Emotion"
FIRST: Final = "face-emotion"


class _Landmarking:
    """An engine that waits for one of the files."""

    capabilities = RendererCapabilities("landmarking", 1, "moves a picture by its landmarks", weights=(FREE,))

    def prepare(self, *_: object) -> Any:
        raise AssertionError("nothing is drawn here")


@dataclass(frozen=True)
class Place:
    url: str
    server: Server


OFFERED: Final = """async (sizes) => {
  const { offer } = await import("/static/engine_card.js");
  const button = document.createElement("button");
  offer(button, sizes.map((size) => ({ size_bytes: size, allowed: true, state: "missing" })));
  return button.textContent;
}"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A service whose model files come from this machine, and one of whose engines lacks one."""

    def found(*_: object) -> dict[str, Renderer]:
        return {"landmarking": _Landmarking(), "still": StillRenderer()}

    with model_server() as server:
        monkeypatch.setattr("models.weights.REGISTRY_FILE", write_registry(tmp_path / "weights.yaml", server))
        monkeypatch.setattr("models.downloads.RETRY_PAUSES_S", (0.01, 0.01))
        monkeypatch.setattr("api.rest.service.PortraitDesk", FakeDesk)
        monkeypatch.setattr(drawing_engines, "engines", found)
        monkeypatch.setattr(model_uses, "engines", found)
        app = create_app(load_settings(data_dir=tmp_path / "data", checkpoints_dir=tmp_path / "checkpoints"))
        with served(app) as url:
            yield Place(url, server)


def opened(open_page: OpenPage, place: Place, **options: Any) -> Page:
    page = open_page(f"{place.url}/#/status", **options)
    expect(page.locator("#view-other .skeleton")).to_have_count(0)
    return page


def row(page: Page, key: str) -> Locator:
    found = page.locator(".model").filter(has=page.get_by_role("heading", name=key, exact=True, include_hidden=True))
    card = page.locator("details.models-group").filter(has=found)
    if card.get_attribute("open") is None:
        card.locator("summary").click()
    return found


def test_a_file_is_brought_with_progress_and_its_engine_becomes_available(place: Place, open_page: OpenPage) -> None:
    place.server.go_on.clear()
    page = opened(open_page, place)
    engine = page.locator(".engine", has_text="Landmarking")
    expect(engine).to_contain_text("Not available")
    engine.get_by_role("button", name="Download 1 file, 900 kB").click()
    button = page.locator(f"button[data-model={FREE}]")
    expect(button).to_be_focused()
    found = row(page, FREE)
    expect(found.locator("progress")).to_have_attribute("value", str(place.server.stall_at))
    expect(found).to_contain_text("400 kB of 900 kB (44 %)")
    expect(button).to_have_text(f"Cancel {FREE}")
    expect(button).to_be_focused()
    place.server.go_on.set()
    expect(found.locator(".pill").last).to_have_text("Here")
    expect(found.get_by_role("button")).to_have_count(0)
    expect(engine).to_contain_text("Chosen automatically")
    expect(engine.locator(".pill")).to_have_text("Available")
    expect(page.get_by_role("status").filter(has_text=f"{FREE} is here.")).to_be_visible()


def test_a_download_of_unknown_size_is_told_by_what_is_known_of_it(place: Place, open_page: OpenPage) -> None:
    page = opened(open_page, place)
    words = page.evaluate(OFFERED, [5_000_000, None])
    assert words == "Download 2 files, more than 5.0 MB"
    assert page.evaluate(OFFERED, [None]) == "Download 1 file, size not known"


def test_the_keyboard_alone_brings_a_file(place: Place, open_page: OpenPage) -> None:
    page = opened(open_page, place)
    page.locator("details.models-group").filter(has=page.get_by_role("heading", name=GROUP)).locator("summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(f"button[data-model={FIRST}]")).to_be_focused()
    page.keyboard.press("Space")
    expect(row(page, FIRST).locator(".pill").last).to_have_text("Here")


def test_a_cancelled_download_goes_on_where_it_was(place: Place, open_page: OpenPage) -> None:
    place.server.go_on.clear()
    page = opened(open_page, place)
    found = row(page, FREE)
    found.get_by_role("button", name="Download").click()
    expect(found).to_contain_text("400 kB of 900 kB")
    found.get_by_role("button", name="Cancel").click()
    expect(found.locator(".pill").last).to_have_text("Not here")
    expect(found.get_by_role("button", name="Go on after 400 kB")).to_be_visible()
    place.server.go_on.set()
    found.get_by_role("button", name="Go on after").click()
    expect(found.locator(".pill").last).to_have_text("Here")


def test_what_went_wrong_is_shown_in_its_place_with_its_cure(place: Place, open_page: OpenPage) -> None:
    place.server.content = bytes(len(place.server.content))
    page = opened(open_page, place)
    found = row(page, FREE)
    found.get_by_role("button", name="Download").click()
    expect(found.get_by_role("alert")).to_contain_text("arrived wrong and was deleted")
    expect(found.get_by_role("alert").locator(".note-cure")).to_contain_text("configs/weights.yaml")
    place.server.content = place.server.right_content
    found.get_by_role("button", name="Try again").click()
    expect(found.locator(".pill").last).to_have_text("Here")
    expect(found.get_by_role("alert")).to_have_count(0)


def test_what_is_not_for_commercial_use_says_so_and_has_no_button(place: Place, open_page: OpenPage) -> None:
    page = opened(open_page, place)
    found = row(page, NONCOMMERCIAL)
    expect(found.locator(".pill").first).to_have_text("Non-commercial")
    expect(found).to_contain_text("ALLOW_NONCOMMERCIAL_WEIGHTS=true")
    expect(found).to_contain_text("research and personal use only")
    expect(found.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("theme", THEMES)
def test_everybody_can_read_a_download(place: Place, open_page: OpenPage, theme: str) -> None:
    """With every group open, a download under way and one that failed: no fault for axe, nothing wider than a phone."""
    if not AXE.exists():
        pytest.skip("no axe-core here; `npm ci --prefix web` brings it")
    page = opened(open_page, place, color_scheme=theme, viewport={"width": 390, "height": 844})
    place.server.statuses = [404]
    row(page, FIRST).get_by_role("button", name="Download").click()
    expect(row(page, FIRST).get_by_role("alert")).to_contain_text("404")
    place.server.go_on.clear()
    row(page, FREE).get_by_role("button", name="Download").click()
    expect(row(page, FREE)).to_contain_text("400 kB of 900 kB")
    page.evaluate("document.querySelectorAll('details.models-group').forEach((group) => { group.open = true })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.evaluate(AXE.read_text(encoding="utf-8"))
    report: dict[str, Any] = page.evaluate("(rules) => axe.run(document, {runOnly: rules})", RULES)
    assert [f"{found['id']}: {found['nodes'][0]['html']}" for found in report["violations"]] == []
