"""From the form to a video that plays."""

import base64
import json
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.face_models import ASTRONAUT
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService
from tests.web.steps import choose_character, expect_playing, expect_ready, generate, make_it_small, write

REFUSED = ("422",)
DROPPED = """(content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "dropped.png", { type: "image/png" }));
  return transfer;
}"""
CORNER_AND_FACE = """async (content) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const video = document.createElement("video");
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type: "video/webm" }));
  const shown = new Promise((done, fail) => { video.requestVideoFrameCallback(done); video.onerror = fail; });
  await video.play();
  await shown;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0);
  const alpha = (x, y) => context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data[3];
  return [alpha(0.02, 0.02), alpha(0.5, 0.5)];
}"""
"""The alpha of two pixels of a video, as the browser shows it."""


def job_of(page: Page, service: LiveService) -> dict[str, object]:
    found: dict[str, object] = service.get(f"/api/v1/jobs/{page.url.rsplit('/', 1)[-1]}")
    return found


def test_a_character_says_a_text(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    choose_character(page, "Eileen Collins")
    write(page, "Hello there, this is a test of the page.")
    make_it_small(page)
    page.get_by_role("button", name="cheerful").click()
    generate(page)
    expect_playing(page)
    expect_ready(page)
    job = job_of(page, service)
    assert (job["character_id"], job["width"], job["height"]) == ("astronaut", 128, 128)
    assert job["transcribed_text"] == "Hello there, this is a test of the page."


def test_a_transparent_video_is_played_and_fetched(service: LiveService, open_page: OpenPage, tmp_path: Path) -> None:
    page = open_page(service.url)
    choose_character(page, "Eileen Collins")
    write(page, "You can see through me.")
    make_it_small(page)
    page.get_by_label("Background").select_option("transparent")
    generate(page)
    expect_ready(page)
    job = job_of(page, service)
    assert (str(job["video_path"]).rpartition(".")[2], job["stream_url"]) == ("webm", None)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename.endswith(".webm")
    content = base64.b64encode(Path(download.value.path()).read_bytes()).decode()
    assert page.evaluate(CORNER_AND_FACE, content) == [0, 255]


def test_an_uploaded_portrait_speaks(
    service: LiveService, open_page: OpenPage, portraits: dict[str, Path], tmp_path: Path
) -> None:
    page = open_page(service.url)
    page.locator("input[name=picture]").set_input_files(portraits[ASTRONAUT])
    expect(page.get_by_text("Face found")).to_be_visible()
    write(page, "I was uploaded.")
    make_it_small(page)
    generate(page)
    expect_playing(page)
    expect_ready(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "video.mp4")
    assert (tmp_path / "video.mp4").read_bytes()[4:8] == b"ftyp"
    address = page.get_by_role("link", name="JSON").get_attribute("href")
    motion = json.loads(page.evaluate("(address) => fetch(address).then((r) => r.text())", address))
    assert motion


def test_a_recording_is_heard_and_used(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, permissions=["microphone"])
    choose_character(page, "Grace Hopper")
    page.get_by_role("tab", name="Record").click()
    page.get_by_role("button", name="Start recording").click()
    expect(page.locator(".record-time")).to_have_text("0:02")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("slider", name="Place in the sound")).to_be_visible()
    expect(page.locator(".preview-facts")).to_contain_text("Your recording")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => document.querySelector('.sound audio').currentTime > 0.2")
    make_it_small(page)
    generate(page)
    expect_playing(page)
    expect_ready(page)


def test_a_picture_without_a_face_is_refused_with_a_cure(
    service: LiveService, open_page: OpenPage, tmp_path: Path
) -> None:
    from PIL import Image

    Image.linear_gradient("L").resize((400, 400)).convert("RGB").save(tmp_path / "sky.png")
    page = open_page(service.url, failing=REFUSED)
    page.locator("input[name=picture]").set_input_files(tmp_path / "sky.png")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("sky.png")
    assert alert.locator(".note-cure").inner_text().strip()
    expect(alert.get_by_role("button", name="Choose another file")).to_be_visible()
    expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()


def test_a_form_that_lacks_words_says_so(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url)
    choose_character(page, "Grace Hopper")
    page.get_by_role("button", name="Generate video").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what the face shall speak first")
    expect(page.get_by_label("Text to speak")).to_be_focused()


def test_a_job_that_does_not_exist_is_said_so(service: LiveService, open_page: OpenPage, finished: str) -> None:
    page = open_page(f"{service.url}/#/jobs/nothing", failing=("404",))
    expect(page.get_by_role("alert")).to_contain_text("There is no such video")
    page.get_by_role("link", name="See all videos").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Videos")
    expect(page.locator(".job-card").first).to_be_visible()


def test_a_running_job_is_cancelled_and_deleted(service: LiveService, open_page: OpenPage) -> None:
    page = open_page(service.url, failing=("404", "409", "410"))
    choose_character(page, "Grace Hopper")
    write(page, "This sentence is not to be finished by anybody. " * 12)
    generate(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("This video was cancelled.")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Videos")


def test_an_upload_becomes_a_character_and_goes_again(
    service: LiveService, open_page: OpenPage, portraits: dict[str, Path]
) -> None:
    page = open_page(service.url)
    page.locator("input[name=picture]").set_input_files(portraits[ASTRONAUT])
    page.get_by_role("button", name="Save as a character").click()
    page.get_by_label("Name").fill("Ada of the test")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("radio", name="Ada of the test")).to_be_checked()
    page.get_by_role("button", name="Remove Ada of the test").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("radio", name="Ada of the test")).to_have_count(0)
    expect(page.get_by_role("radio", name="Grace Hopper")).to_be_checked()


def test_a_dropped_picture_is_taken(service: LiveService, open_page: OpenPage, portraits: dict[str, Path]) -> None:
    page = open_page(service.url)
    content = base64.b64encode(portraits[ASTRONAUT].read_bytes()).decode()
    dropped = page.evaluate_handle(DROPPED, content)
    page.locator(".step-face").dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.get_by_text("Face found")).to_be_visible()
    expect(page.get_by_role("radio", name="dropped")).to_be_checked()
