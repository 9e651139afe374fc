"""A recorded voice on the live page: given with consent, told, removed; and what is missing for it."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.face_models import GRACE_HOPPER
from tests.web.conftest import OpenPage
from tests.web.live_script import LiveScript, answer
from tests.web.live_service import LiveService
from tests.web.test_accessibility import AXE, RULES

SPOKEN = "I lend my voice to a friend, who may use it in her film. " * 3


@pytest.fixture
def voice(service: LiveService, tmp_path: Path) -> Path:
    """A recording of some seconds."""
    path = tmp_path / "ada.wav"
    said = httpx.post(f"{service.url}/api/v1/speech", json={"text": SPOKEN}, timeout=60.0).raise_for_status()
    path.write_bytes(said.content)
    return path


def cloning(route: Route) -> None:
    """The engines, of which one that clones voices is installed."""
    told = route.fetch().json()
    for speaker in told["speakers"]:
        if speaker["clones"]:
            speaker.update(available=True, lacks="", cure="")
    answer(route, told)


def open_choice(page: Page, service: LiveService, name: str) -> None:
    LiveScript().play(page)
    page.goto(f"{service.url}/#/live")
    page.locator(".view:not([hidden]) .face-card", has_text=name).click()
    page.locator("summary", has_text="Voice and picture").click()


def test_what_is_not_installed_is_shown_with_its_cure(service: LiveService, open_page: OpenPage) -> None:
    told: dict[str, Any] = next(one for one in service.get("/api/v1/voices")["speakers"] if one["name"] == "xtts")
    if told["available"]:
        pytest.skip("it is installed here")
    page = open_page("about:blank")
    open_choice(page, service, "Nova")
    expect(page.get_by_role("option", name="XTTS (not installed)")).to_be_disabled()
    expect(page.get_by_role("button", name="Record a voice")).to_be_disabled()
    page.get_by_role("button", name="How to bring it").click()
    expect(page.locator(".missing li", has_text="XTTS")).to_contain_text("models download xtts")


def test_a_voice_is_given_with_consent_and_removed(
    service: LiveService, open_page: OpenPage, portraits: dict[str, Path], voice: Path
) -> None:
    if not AXE.exists():
        pytest.skip("no axe-core here; `npm ci --prefix web` brings it")
    with portraits[GRACE_HOPPER].open("rb") as image:
        made = httpx.post(
            f"{service.url}/api/v1/characters", data={"name": "Ada"}, files={"image": ("ada.jpg", image)}, timeout=60.0
        ).raise_for_status()
    page = open_page("about:blank", failing=("422",))
    page.route("**/api/v1/voices", cloning)
    open_choice(page, service, "Ada")
    page.get_by_role("button", name="Record a voice").click()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    report = page.evaluate("(rules) => axe.run('dialog', {runOnly: rules})", RULES)
    assert [entry["id"] for entry in report["violations"]] == []
    page.get_by_label("Whose voice it is").fill("Ada Lovelace")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Use this voice").click()
    expect(page.get_by_role("alert")).to_contain_text("Record a voice, or choose a sound file.")
    page.locator("input[name=voice-file]").set_input_files(voice)
    page.get_by_role("button", name="Use this voice").click()
    recorded = page.get_by_role("region", name="Recorded voice")
    expect(recorded).to_contain_text("Ada speaks with the voice of Ada Lovelace")
    expect(page.get_by_role("combobox", name="Voice", exact=True)).to_contain_text("Its own: recorded")
    kept = service.get(f"/api/v1/characters/{made.json()['id']}/voice-sample")
    assert kept["consent"]["statement"] == "This is my voice. I agree that the character Ada speaks with it."
    recorded.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(recorded).to_contain_text("Let Ada speak with your own voice")
    httpx.delete(f"{service.url}/api/v1/characters/{made.json()['id']}").raise_for_status()
