"""The page tells how well a face will animate, and lets a person choose which of several speaks."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import expect

from tests.face_models import ASTRONAUT, GRACE_HOPPER
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_ready, generate, make_it_small, write


@pytest.fixture(scope="module")
def two_people(portraits: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One picture of both portraits, Grace Hopper's face the larger, on the left."""
    path = tmp_path_factory.mktemp("pictures") / "two people.png"
    left, right = (cv2.imread(str(portraits[key])) for key in (GRACE_HOPPER, ASTRONAUT))
    assert left is not None
    assert right is not None
    right = cv2.resize(right, (right.shape[1] * left.shape[0] // right.shape[0], left.shape[0]))
    cv2.imwrite(str(path), np.hstack([left, right]))
    return path


def test_a_character_has_a_score_and_every_check(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    choose_character(page, "Eileen Collins")
    report = page.get_by_role("region", name="How well the face will animate")
    wanted = service.get("/api/v1/characters/astronaut/check")
    expect(report.locator(".gauge-score")).to_contain_text(str(wanted["score"]))
    report.locator("summary").click()
    expect(report.locator(".check")).to_have_count(len(wanted["checks"]))
    expect(report.locator(".check").first).to_be_visible()


def test_another_face_of_a_picture_speaks(service: LiveService, open_page: OpenPage, two_people: Path) -> None:
    page = open_page(service.url)
    page.get_by_label("Your photo or video").set_input_files(two_people)
    faces = page.get_by_role("group", name="Which face speaks")
    first, second = (faces.get_by_role("button", name=f"Face {n} of 2") for n in (1, 2))
    expect(first).to_have_attribute("aria-pressed", "true")
    second.focus()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-pressed", "true")
    expect(first).to_have_attribute("aria-pressed", "false")
    write(page, "It is me.")
    make_it_small(page)
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/jobs")) as asked:
        generate(page)
    assert (asked.value.post_data_json or {}).get("face") == 1
    expect_ready(page)


def test_a_video_in_place_of_the_picture_says_what_will_happen(
    service: LiveService, open_page: OpenPage, finished: str
) -> None:
    page = open_page(service.url)
    made = service.get(f"/api/v1/jobs/{finished}")["video_path"]
    page.get_by_label("Your photo or video").set_input_files(service.folder / "data" / str(made))
    expect(page.locator(".found")).to_contain_text("its mouth will follow the new sound")
    expect(page.get_by_role("region", name="How well the face will animate")).to_be_visible()
