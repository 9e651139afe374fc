"""The timeline on which a person changes a performance before it is rendered, and afterwards."""

import re

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from avatar.types import Floats
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_ready, generate, make_it_small, write
from tests.web.test_accessibility import tab_to
from tests.web.timeline_steps import (
    block,
    cue,
    curves_after,
    curves_of,
    detail,
    drag_by,
    motion_of,
    open_editor,
    performance_on,
    review_of,
    settle,
)

RATE = 25
NEAR_SECONDS = 0.16
"""A cue peaks so near its moment: two frames, and what the eyes' own movement adds."""


def test_a_review_is_asked_for_on_the_form(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    choose_character(page, "Grace Hopper")
    write(page, "Let me be looked at before I am drawn.")
    make_it_small(page)
    page.get_by_role("switch", name="Review before rendering").check()
    page.get_by_label("Director").select_option("rules")
    generate(page)
    expect(page.locator(".job-state")).to_contain_text("Waiting for review")
    expect(page.get_by_role("button", name="Approve and render")).to_be_visible()
    expect(page.locator(".job-outcome")).to_contain_text("Directed by Rules")
    settle(page)
    page.get_by_role("button", name="Approve and render").click()
    expect_ready(page)
    expect(page.get_by_role("button", name="Edit performance")).to_be_visible()


def test_a_dragged_cue_moves_the_rendered_motion(service: LiveService, open_page: OpenPage) -> None:
    job = review_of(service, [cue("brow_raise", 0.3, word=0)])
    words = service.get(f"/api/v1/jobs/{job}/speech")["words"]
    page = open_editor(service, open_page, job)
    performance = service.get(f"/api/v1/jobs/{job}/performance")
    calm = curves_of(page, {**performance, "cues": []})["brow"]
    before = curves_of(page, performance)["brow"] - calm
    raised = block(page, "Brows up")
    expect(raised).to_have_accessible_name(re.compile(f"^Brows up on “{words[0]['text']}”"))
    word = words[6]
    dx = ((word["start"] + word["end"]) / 2 - performance["cues"][0]["at"]) * per_second(page)
    after = curves_after(page, lambda: drag_by(page, raised, dx))
    expect(page.locator(".saved-state")).to_have_text("Edited")
    assert peak_of(before) < 0.8
    assert word["start"] - NEAR_SECONDS < peak_of(after["brow"] - calm) < word["end"] + NEAR_SECONDS

    sent = performance_on(page, page.get_by_role("button", name="Approve and render").click, "/performance")
    assert [each["word"] for each in sent["cues"]] == [6]
    expect_ready(page)
    played = service.get(f"/api/v1/jobs/{job}/performance")["cues"][0]
    brows = motion_of(service, job, "browInnerUp", "browOuterUpLeft", "browOuterUpRight")
    assert played["at"] == pytest.approx(peak_of(brows - calm), abs=NEAR_SECONDS)
    assert word["start"] <= played["at"] <= word["end"]


def peak_of(curve: Floats) -> float:
    """The second at which a curve of one point a frame comes to its greatest height."""
    return float(np.argmax(curve >= 0.95 * curve.max())) / RATE


def width_of(node: Locator) -> float:
    box = node.bounding_box()
    assert box is not None
    return box["width"]


def per_second(page: Page) -> float:
    """How many pixels a second has."""
    return width_of(page.locator(".cue").first) / 0.6


def test_a_drag_with_alt_does_not_snap_and_escape_calls_it_off(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, [cue("nod", 1.0)]))
    nod = block(page, "Nod")
    name = nod.get_attribute("aria-label") or ""
    nod.scroll_into_view_if_needed()
    box = nod.bounding_box()
    assert box is not None
    page.keyboard.down("Alt")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 40, box["y"] + 8, steps=4)
    expect(page.locator(".guide")).to_be_visible()
    expect(nod).not_to_have_attribute("aria-label", name)
    expect(nod).to_have_class("cue is-loose")
    page.keyboard.press("Escape")
    page.mouse.up()
    page.keyboard.up("Alt")
    expect(nod).to_have_attribute("aria-label", name)
    expect(page.locator(".guide")).to_be_hidden()
    expect(page.locator(".saved-state")).to_have_text("Saved")


def test_an_edge_changes_the_duration_and_the_inspector_shows_it(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, [cue("smile", 1.5)]))
    smile = block(page, "Smile")
    width = width_of(smile)
    drag_by(page, smile, 60, share=0.98)
    assert width_of(smile) > width + 30
    duration = detail(page, "Duration")
    longer = float(duration.input_value())
    assert longer > 0.9
    page.get_by_role("button", name="Undo").click()
    expect(duration).to_have_value("0.6")
    page.get_by_role("button", name="Redo").click()
    expect(duration).to_have_value(str(longer))
    detail(page, "Action").select_option("wink")
    expect(detail(page, "Direction")).to_be_visible()
    expect(block(page, "Wink")).to_have_count(1)


def test_the_keyboard_alone_edits_and_approves(service: LiveService, open_page: OpenPage) -> None:
    job = review_of(service, [cue("nod", 0.2, word=0), cue("brow_raise", 1.9, word=3)])
    words = service.get(f"/api/v1/jobs/{job}/speech")["words"]
    page = open_editor(service, open_page, job)
    tab_to(page, ".track-cues")
    press = page.keyboard.press
    press("ArrowDown")
    chosen = page.locator(".cue[aria-selected=true]")
    expect(chosen).to_have_accessible_name(re.compile(f"^Nod on “{words[0]['text']}”"))
    press("Shift+ArrowRight")
    expect(chosen).to_have_accessible_name(re.compile(f"^Nod on “{words[1]['text']}”"))
    on_word = float(detail(page, "Peak, in seconds").input_value())
    press("ArrowRight")
    assert float(detail(page, "Peak, in seconds").input_value()) == pytest.approx(on_word + 1 / RATE, abs=0.011)
    expect(page.locator(".editor [role=status].unseen")).to_contain_text("Nod at")
    press("Control+ArrowRight")
    expect(detail(page, "Duration")).to_have_attribute("aria-valuetext", "0.64 s")
    press("+")
    expect(detail(page, "Intensity")).to_have_attribute("aria-valuetext", "85 %")
    press("d")
    expect(page.locator(".cue")).to_have_count(3)
    press("Delete")
    expect(page.locator(".cue")).to_have_count(2)
    press("Control+z")
    expect(page.locator(".cue")).to_have_count(3)
    press("Control+Shift+z")
    expect(page.locator(".cue")).to_have_count(2)
    press("n")
    expect(page.locator(".cue")).to_have_count(3)
    press("Enter")
    expect(detail(page, "Action")).to_be_focused()
    press("Escape")
    expect(page.locator(".track-cues")).to_be_focused()
    press("Control+s")
    expect(page.locator(".saved-state")).to_have_text("Saved")
    tab_to(page, ".track-bands")
    press("ArrowDown")
    press("i")
    tab_to(page, ".editor-doings .button-primary")
    press("Enter")
    expect_ready(page)
    assert len(service.get(f"/api/v1/jobs/{job}/performance")["cues"]) == 3


def test_sliders_move_the_motion_of_the_clip_and_of_a_segment(service: LiveService, open_page: OpenPage) -> None:
    page = open_editor(service, open_page, review_of(service, []))
    begun = curves_of(page, service.get(f"/api/v1/jobs/{page.url.rsplit('/', 1)[-1]}/performance"))
    everywhere = curves_after(page, lambda: detail(page, "Smile").fill("0.9"))
    assert everywhere["smile"].mean() > begun["smile"].mean() + 0.2

    middle = len(begun["smile"]) // 2
    page.get_by_role("slider", name="Playhead").focus()
    page.keyboard.press("Home")
    for _ in range(2):
        page.keyboard.press("PageUp")
    page.get_by_role("button", name="Split at the playhead").click()
    expect(page.get_by_role("heading", name="Segment 1")).to_be_visible()
    settle(page)
    later = curves_after(page, lambda: detail(page, "Smile").fill("-0.8"))
    assert later["smile"][middle + 10 : -5].mean() < everywhere["smile"][middle + 10 : -5].mean() - 0.3
    assert later["smile"][5:RATE].mean() == pytest.approx(everywhere["smile"][5:RATE].mean(), abs=0.05)
    for _ in range(3):
        page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Whole clip")).to_be_visible()
    expect(page.locator(".saved-state")).to_have_text("Saved")
