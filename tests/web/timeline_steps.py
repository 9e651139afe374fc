"""What a person does on the timeline of a performance, and what came of it."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any, Final

import numpy as np
from playwright.sync_api import Locator, Page, Response, expect

from avatar.types import Floats
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService

TEXT: Final = "Good morning everyone. Today we talk about something wonderful."
SETTLED: Final = """() => {
  const said = document.querySelector(".curves-state");
  return said && said.textContent === "" && document.querySelector(".track-curves[data-frames]") !== null;
}"""
PLAYING: Final = """() => {
  const video = document.querySelector(".stretch video");
  return video.readyState >= 2 && video.videoWidth > 0 && video.currentTime > 0.2;
}"""
SEEDS: Final = count(1)

OpenReview = Callable[..., Page]


def cue(action: str, at: float, *, word: int | None = None, intensity: float = 0.8) -> dict[str, Any]:
    return {"action": action, "at": at, "word": word, "intensity": intensity, "duration": 0.6, "direction": 0.0}


def review_of(service: LiveService, cues: list[dict[str, Any]]) -> str:
    """The number of a job that waits for its review, with these cues alone."""
    asked = {"character": "grace-hopper", "text": TEXT, "resolution": 128, "review": True, "seed": next(SEEDS)}
    job = service.post("/api/v1/generate", asked)
    assert job["status"] == "waiting_review"
    path = f"/api/v1/jobs/{job['job_id']}/performance"
    service.put(path, {**service.get(path), "segments": [], "cues": cues})
    number: str = job["job_id"]
    return number


def open_editor(service: LiveService, open_page: OpenPage, job: str, **options: Any) -> Page:
    page = open_page(f"{service.url}/#/jobs/{job}", **options)
    settle(page)
    return page


def settle(page: Page) -> None:
    """The motion that is drawn is that of the performance."""
    expect(page.locator(".track-curves[data-frames]")).to_be_visible()
    page.wait_for_function(SETTLED)


def curves_after(page: Page, edit: Callable[[], Any]) -> dict[str, Floats]:
    """The curves that the page shows after an edit."""
    heard: list[Response] = []
    page.on("response", lambda response: heard.append(response) if response.url.endswith("/curves") else None)
    edit()
    settle(page)
    return {name: np.array(curve) for name, curve in heard[-1].json()["curves"].items()}


def curves_of(page: Page, performance: dict[str, Any]) -> dict[str, Floats]:
    """The curves of a performance on the job that is shown."""
    job = page.url.rsplit("/", 1)[-1]
    origin = page.url.partition("#")[0]
    answer = page.request.post(f"{origin}api/v1/jobs/{job}/curves", data={"performance": performance})
    assert answer.ok, answer.text()
    return {name: np.array(curve) for name, curve in answer.json()["curves"].items()}


def block(page: Page, name: str) -> Locator:
    """A cue on the timeline by its action."""
    return page.locator(".track-cues").get_by_role("option", name=name)


def detail(page: Page, label: str) -> Locator:
    """A field of what is selected."""
    return page.locator(".inspector").get_by_label(label, exact=True)


def drag_by(page: Page, node: Locator, dx: float, *, share: float = 0.5) -> None:
    """Drags a node to the right, pressed at that share of its width, and lets it go."""
    node.scroll_into_view_if_needed()
    box = node.bounding_box()
    assert box is not None
    x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y, steps=4)
    page.mouse.move(x + dx, y, steps=4)
    page.mouse.up()


def motion_of(service: LiveService, job: str, *names: str) -> Floats:
    """The mean of blendshapes in the finished video, frame by frame."""
    motion = service.get(f"/api/v1/jobs/{job}/motion")
    places = [motion["names"].index(name) for name in names]
    return np.array([np.mean([frame["blendshapes"][place] for place in places]) for frame in motion["frames"]])


def performance_on(page: Page, act: Callable[[], Any], path: str) -> dict[str, Any]:
    """The performance that the page sends to an address that ends so."""
    with page.expect_request(lambda request: request.url.endswith(path) and request.method != "GET") as sent:
        act()
    body = json.loads(sent.value.post_data or "{}")
    performance: dict[str, Any] = body.get("performance", body)
    return performance
