"""A video whose expression the portrait plays: given on the page, with words or with its own sound."""

import base64
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.film_factory import acted, write_film
from tests.video_processor.sound_factory import melody
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_playing, expect_ready, generate, hold, make_it_small, write

SECONDS: Final = 1.0
REFUSED: Final = ("415",)
DROPPED: Final = """(content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "dropped.mp4", { type: "video/mp4" }));
  return transfer;
}"""


@pytest.fixture(scope="module")
def films(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A second of somebody who talks: with a sound, and silent."""
    folder = tmp_path_factory.mktemp("films")
    shown = acted().pictures[: round(25 * SECONDS)]
    heard = write_film(folder / "actor.mp4", shown, sound=melody(SECONDS, 16_000))
    return {"heard": heard, "silent": write_film(folder / "silent.mp4", shown)}


def give(page: Page, film: Path) -> None:
    page.locator("input[name=expression]").set_input_files(film)
    expect(page.locator(".acting-name")).to_contain_text(film.name)


def asked_of(page: Page) -> dict[str, Any]:
    """What the page asks for as it generates."""
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/jobs")) as asked:
        generate(page)
    return dict(asked.value.post_data_json or {})


def test_a_video_lends_face_and_sound(service: LiveService, open_page: OpenPage, films: dict[str, Path]) -> None:
    page = open_page(service.url)
    choose_character(page, "Eileen Collins")
    expect(page.get_by_text("Plays this person's face on the portrait")).to_be_visible()
    give(page, films["heard"])
    expect(page.get_by_text("it speaks with the video's own sound")).to_be_visible()
    expect(page.locator(".preview-facts")).to_contain_text("The video's own sound")
    make_it_small(page)
    asked = asked_of(page)
    assert asked["expression_path"].startswith("inputs/")
    assert not {"text", "audio_path"} & asked.keys()
    expect_playing(page)
    expect_ready(page)
    job = service.get(f"/api/v1/jobs/{page.url.rsplit('/', 1)[-1]}")
    assert job["duration"] == pytest.approx(SECONDS, abs=0.1)
    assert job["label"] == "Eileen Collins, astronaut · actor.mp4 · 0:01"


def test_words_are_spoken_with_the_face_of_a_video(
    service: LiveService, open_page: OpenPage, films: dict[str, Path]
) -> None:
    page = open_page(service.url)
    choose_character(page, "Eileen Collins")
    give(page, films["silent"])
    write(page, "These are my own words.")
    expect(page.get_by_text("The mouth speaks your words")).to_be_visible()
    make_it_small(page)
    asked = asked_of(page)
    assert asked["text"] == "These are my own words."
    assert asked["expression_path"].startswith("inputs/")
    expect_ready(page)


def test_a_silent_video_needs_words_and_goes_again(
    service: LiveService, open_page: OpenPage, films: dict[str, Path]
) -> None:
    page = open_page(service.url)
    choose_character(page, "Grace Hopper")
    give(page, films["silent"])
    expect(page.get_by_text("This video is silent: give it words to speak.")).to_be_visible()
    page.get_by_role("button", name="Generate video").click()
    expect(page.get_by_role("alert")).to_contain_text("The video is silent")
    page.locator(".step-expression").get_by_role("button", name="Remove").click()
    expect(page.locator(".acting")).to_have_count(0)
    write(page, "Without a video.")
    make_it_small(page)
    assert "expression_path" not in asked_of(page)
    expect_ready(page)


def test_what_is_no_video_is_refused_in_words(service: LiveService, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(service.url, failing=REFUSED)
    text = tmp_path / "actor.mp4"
    text.write_text("not a film " * 100)
    page.locator("input[name=expression]").set_input_files(text)
    expect(page.locator(".step-expression").get_by_role("alert")).to_contain_text("actor.mp4 cannot be read")
    expect(page.get_by_text("Drop a video of somebody here")).to_be_visible()


def test_a_dropped_video_is_waited_for(service: LiveService, open_page: OpenPage, films: dict[str, Path]) -> None:
    page = open_page(service.url)
    choose_character(page, "Grace Hopper")
    write(page, "Wait for it.")
    held = hold(page, "**/api/v1/upload/video")
    dropped = page.evaluate_handle(DROPPED, base64.b64encode(films["heard"].read_bytes()).decode())
    with page.expect_request("**/api/v1/upload/video"):
        page.locator(".step-expression .panel").dispatch_event("drop", {"dataTransfer": dropped})
    page.get_by_role("button", name="Generate video").click()
    expect(page.get_by_role("alert")).to_contain_text("The video is still being uploaded.")
    for route in held:
        route.continue_()
    expect(page.locator(".acting-name")).to_contain_text("dropped.mp4")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_portrait_that_is_a_video_keeps_its_own_head(
    service: LiveService, open_page: OpenPage, films: dict[str, Path]
) -> None:
    page = open_page(service.url)
    page.get_by_label("Your photo or video").set_input_files(films["silent"])
    expect(page.get_by_role("radio", name="silent")).to_be_checked()
    give(page, films["heard"])
    expect(page.locator(".acting-said")).to_contain_text("its own head and eyes stay")
    choose_character(page, "Grace Hopper")
    expect(page.locator(".acting-said")).not_to_contain_text("its own head and eyes stay")
