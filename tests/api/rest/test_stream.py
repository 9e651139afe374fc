"""The playlist waits for the first part, names what is there, and a browser plays it."""

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from api.rest.routes import stream
from avatar.settings import Settings
from orchestrator.jobs.dispatch import Outcome
from orchestrator.jobs.names import output_path
from orchestrator.jobs.record import JobFailure
from orchestrator.run import JobRequest, run_job
from orchestrator.streaming import open_stream
from tests.apart import apart
from tests.api.rest.watched_service import OWNER, WatchedService, completed, open_watched
from tests.browsers import chromium_path
from tests.orchestrator.pipeline_fakes import SIZE, CountingEngine, use_fakes, write_picture, write_sound

PARTS = 5
FAILED = Outcome(
    status="failed", failure=JobFailure(kind="RenderError", message="It broke.", cure="Try again.", mendable=False)
)
PLAY = """async ([base, codecs]) => {
  const playlist = await (await fetch(base + '.m3u8')).text();
  const names = playlist.split('\\n').filter(line => line.includes('.m4s'));
  const head = /URI="([^"]+)"/.exec(playlist)[1];
  const source = new MediaSource(), video = document.createElement('video');
  video.src = URL.createObjectURL(source);
  document.body.append(video);
  await new Promise(done => source.addEventListener('sourceopen', done, {once: true}));
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${codecs}"`);
  for (const name of [head, ...names]) {
    const bytes = await (await fetch(new URL(name, base + '.m3u8'))).arrayBuffer();
    await new Promise((done, fail) => {
      buffer.addEventListener('updateend', done, {once: true});
      buffer.addEventListener('error', () => fail(new Error(`${name} was refused`)), {once: true});
      buffer.appendBuffer(bytes);
    });
  }
  const ranges = Array.from({length: buffer.buffered.length},
    (_, i) => [buffer.buffered.start(i), buffer.buffered.end(i)]);
  source.endOfStream();
  const ended = new Promise((done, fail) => {
    video.addEventListener('ended', done, {once: true});
    video.addEventListener('error', () => fail(new Error(video.error.message)), {once: true});
  });
  await video.play();
  await ended;
  return {ranges, at: video.currentTime, duration: video.duration, sound: video.webkitAudioDecodedByteCount,
          shown: video.getVideoPlaybackQuality().totalVideoFrames, width: video.videoWidth};
}"""


@dataclass
class Streamed:
    """A video of five parts whose job is still `running`, and the means to take parts away and give them back."""

    watched: WatchedService
    job: str
    aside: Path

    @property
    def address(self) -> str:
        return f"/api/v1/jobs/{self.job}/stream"

    def get(self, rest: str) -> Any:
        return self.watched.client.get(self.address + rest)

    def hide(self, *indexes: int) -> None:
        for index in indexes:
            (path,) = (self.watched.settings.data_dir / "artifacts").glob(f"segment-*-{index:05d}.mp4")
            path.rename(self.aside / path.name)

    def show(self) -> None:
        for path in self.aside.iterdir():
            path.rename(self.watched.settings.data_dir / "artifacts" / path.name)

    def lose(self) -> None:
        for path in (self.watched.settings.data_dir / "artifacts").iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Streamed]:
    use_fakes(monkeypatch.setattr, CountingEngine())
    changes: dict[str, Any] = {"chunk_seconds": 0.4, "video_preset": "ultrafast", "default_resolution": SIZE.width}
    with open_watched(tmp_path, **changes) as watched:
        watched.app.include_router(stream.router)
        watched.app.add_route("/page", lambda _request: HTMLResponse("<!doctype html><title>Page</title>"))
        job = watched.submit().id
        watched.start()
        watched.jobs.renew(job, OWNER, thread_id=_made(watched.settings, tmp_path, job))
        (tmp_path / "aside").mkdir()
        yield Streamed(watched, job, tmp_path / "aside")


def _made(settings: Settings, folder: Path, job: str) -> str:
    picture, sound = write_picture(folder / "picture.png"), write_sound(folder / "sound.wav", 2.0)
    output = output_path(settings, job)
    output.parent.mkdir(parents=True, exist_ok=True)
    return run_job(JobRequest(image=picture, audio=sound, output=output), settings).thread_id


def addresses(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if ".m4s" in line]


def test_the_playlist_names_parts_that_can_be_fetched(streamed: Streamed) -> None:
    streamed.hide(3, 4)
    answer = streamed.get(".m3u8")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-codecs"].endswith(",mp4a.40.2")
    names = addresses(answer.text)
    assert len(names) == 3
    for name in names:
        found = streamed.get(name.removeprefix("stream"))
        assert (found.status_code, found.headers["content-type"]) == (200, "video/mp4")
        assert "immutable" in found.headers["cache-control"]
        assert found.content[4:8] == b"moof"
    (address,) = re.findall(r'URI="stream(.+)"', answer.text)
    head = streamed.get(address)
    assert "immutable" in head.headers["cache-control"]
    assert head.content[4:8] == b"ftyp"
    assert head.headers["x-codecs"] == answer.headers["x-codecs"]


def test_another_version_is_not_found(streamed: Streamed) -> None:
    for rest in ("/init.mp4", "/0.m4s"):
        answer = streamed.get(f"{rest}?v=00000000")
        assert (answer.status_code, answer.json()["kind"]) == (404, "NotFoundError")
        assert streamed.get(rest).headers["cache-control"] == "no-store"


def test_a_part_that_is_not_there_yet_is_not_found(streamed: Streamed) -> None:
    streamed.hide(3)
    for index in (3, PARTS, 10**30):
        answer = streamed.get(f"/{index}.m4s")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
    assert streamed.get("/-1.m4s").status_code == 422
    assert streamed.get("/x.m4s").status_code == 422


def test_the_playlist_waits_for_the_first_part(streamed: Streamed) -> None:
    streamed.hide(0)
    with streamed.watched.served() as base:
        asked = threading.Event()

        def look(settings: Settings, record: Any) -> Any:
            asked.set()
            return open_stream(settings, record)

        def show() -> None:
            assert asked.wait(20)
            streamed.show()

        helper = threading.Thread(target=show)
        helper.start()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stream, "open_stream", look)
            answer = httpx.get(f"{base}{streamed.address}.m3u8", timeout=30)
        helper.join()
    assert answer.status_code == 200
    assert len(addresses(answer.text)) == PARTS


def test_a_first_part_that_does_not_come_is_worth_another_try(
    streamed: Streamed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "LONGEST_WAIT_SECONDS", 0.2)
    streamed.hide(0)
    answer = streamed.get(".m3u8")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["kind"] == "NotYet"
    assert streamed.get("/init.mp4").status_code == 404


def test_a_job_that_has_not_been_planned_has_nothing_yet(streamed: Streamed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_WAIT_SECONDS", 0.2)
    waiting = streamed.watched.submit().id
    for rest, status in ((".m3u8", 503), ("/init.mp4", 404), ("/0.m4s", 404)):
        assert streamed.watched.client.get(f"/api/v1/jobs/{waiting}/stream{rest}").status_code == status


def test_a_failed_job_shows_what_it_made_or_says_that_it_made_nothing(streamed: Streamed) -> None:
    streamed.hide(2)
    streamed.watched.end(streamed.job, FAILED)
    text = streamed.get(".m3u8").text
    assert len(addresses(text)) == 2
    assert text.endswith("#EXT-X-ENDLIST\n")
    streamed.hide(0)
    answer = streamed.get(".m3u8")
    assert (answer.status_code, answer.json()["kind"]) == (409, "ConflictError")


def test_a_completed_job_is_streamed_until_its_video_is_gone(streamed: Streamed) -> None:
    parts = [streamed.get(f"/{index}.m4s").content for index in range(PARTS)]
    streamed.watched.end(streamed.job, completed())
    streamed.lose()
    assert "ENDLIST" in streamed.get(".m3u8").text
    assert [streamed.get(f"/{index}.m4s").content for index in range(PARTS)] == parts
    output_path(streamed.watched.settings, streamed.job).unlink()
    for rest in (".m3u8", "/init.mp4", "/0.m4s"):
        answer = streamed.get(rest)
        assert (answer.status_code, answer.json()["kind"]) == (410, "Gone")


def test_an_unknown_job_is_not_found(streamed: Streamed) -> None:
    for rest in (".m3u8", "/init.mp4", "/0.m4s"):
        assert streamed.watched.client.get(f"/api/v1/jobs/nobody/stream{rest}").status_code == 404


def test_a_video_that_is_no_mp4_is_not_streamed(streamed: Streamed) -> None:
    job = streamed.watched.submit(output="/somewhere/out.webm").id
    for rest in (".m3u8", "/init.mp4", "/0.m4s"):
        answer = streamed.watched.client.get(f"/api/v1/jobs/{job}/stream{rest}")
        assert (answer.status_code, answer.headers["content-type"]) == (409, "application/problem+json")
        assert "WebM" in answer.json()["detail"]
        assert f"/jobs/{job}/video" in answer.json()["cure"]


def test_chromium_plays_across_the_parts(streamed: Streamed) -> None:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = chromium_path()
    codecs = streamed.get(".m3u8").headers["x-codecs"]

    def watch() -> Any:
        with streamed.watched.served() as base, playwright.sync_playwright() as player:
            browser = player.chromium.launch(
                executable_path=path, args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
            )
            page = browser.new_page()
            page.goto(f"{base}/page")
            played = page.evaluate(PLAY, [base + streamed.address, codecs])
            browser.close()
        return played

    played = apart(watch)
    ((start, end),) = played["ranges"]
    assert start == pytest.approx(0.0, abs=0.001)
    assert end == pytest.approx(2.0, abs=0.03)
    assert played["duration"] == pytest.approx(2.0, abs=0.03)
    assert played["at"] == pytest.approx(2.0, abs=0.03)
    assert played["width"] == SIZE.width
    assert played["sound"] > 0
    assert played["shown"] >= 45
