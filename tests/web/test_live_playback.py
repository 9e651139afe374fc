"""A browser plays what live sessions send: fragments by MediaSource, WebRTC, and the page for players."""

import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Page

from scripts.living.webrtc import GAP_SECONDS, MOUTH, START, STILL, page_function, syllable
from tests.web.conftest import OpenPage
from tests.web.live_service import LiveService

SHOWING: Final = "() => document.querySelector('video').getVideoPlaybackQuality().totalVideoFrames > 10"
OPEN_MOUTH: Final = 6.0
"""By so much of 255 it is darker than a closed one."""

HEARD: Final = """
const heard = (video, stream) => {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  const source = stream ? context.createMediaStreamSource(stream) : context.createMediaElementSource(video);
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return () => { analyser.getFloatTimeDomainData(samples); return Math.max(...samples.map(Math.abs)); };
};
const watched = async (video, level, isOver) => {
  const until = Date.now() + 40000;
  let loudest = 0;
  while (Date.now() < until) {
    await new Promise((done) => setTimeout(done, 50));
    loudest = Math.max(loudest, level());
    if (video.getVideoPlaybackQuality().totalVideoFrames > 40 && loudest > 0.02 && isOver()) break;
  }
  return { frames: video.getVideoPlaybackQuality().totalVideoFrames, loudest };
};
const says = JSON.stringify({ type: "say", text: "One two three four five six seven eight nine ten." });
"""

FRAGMENTS: Final = (
    "async (codec) => {"
    + HEARD
    + """
  const socket = new WebSocket(location.origin.replace("http", "ws") + "/ws");
  socket.binaryType = "arraybuffer";
  const video = document.createElement("video");
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  document.body.append(video);
  const level = heard(video);
  const messages = [], waiting = [];
  let buffer = null, mime = "";
  const feed = () => {
    if (!buffer || buffer.updating || !waiting.length) return;
    buffer.appendBuffer(waiting.shift());
  };
  const open = () => {
    if (buffer || source.readyState !== "open" || !mime) return;
    buffer = source.addSourceBuffer(mime);
    buffer.addEventListener("updateend", () => {
      if (video.paused && video.buffered.length) {
        video.currentTime = video.buffered.end(0) - 0.04;
        video.play();
      }
      feed();
    });
    feed();
  };
  source.addEventListener("sourceopen", open);
  socket.onopen = () => socket.send(JSON.stringify(
    { type: "start_stream", image: "nova", size: 128, video: "fmp4", sound_codec: codec }));
  socket.onmessage = (event) => {
    if (typeof event.data === "string") {
      const message = JSON.parse(event.data);
      messages.push(message);
      if (message.type === "started") { mime = message.mime; open(); socket.send(says); }
      return;
    }
    const kind = new Uint8Array(event.data)[0];
    if (kind === 3 || kind === 4) { waiting.push(event.data.slice(12)); feed(); }
  };
  const found = await watched(video, level, () => messages.some((one) => one.type === "speaking" && !one.on));
  const behind = video.buffered.length ? video.buffered.end(video.buffered.length - 1) - video.currentTime : -1;
  const ranges = video.buffered.length;
  const error = video.error ? video.error.message : "";
  socket.send(JSON.stringify({ type: "stop" }));
  await new Promise((done) => { socket.onclose = done; });
  return { ...found, mime, behind, ranges, error, kinds: messages.map((one) => one.type) };
}"""
)

WEBRTC: Final = (
    "async (codec) => {"
    + HEARD
    + """
  const config = await (await fetch("/api/v1/live/config")).json();
  const peer = new RTCPeerConnection({ iceServers: config.ice_servers });
  const channel = peer.createDataChannel("messages");
  const messages = [];
  channel.onmessage = (event) => messages.push(JSON.parse(event.data));
  peer.addTransceiver("audio", { direction: "recvonly" });
  const pictures = peer.addTransceiver("video", { direction: "recvonly" });
  const known = RTCRtpReceiver.getCapabilities("video").codecs;
  pictures.setCodecPreferences(known.filter((one) => one.mimeType === codec));
  const stream = new MediaStream(peer.getReceivers().map((one) => one.track));
  const video = document.createElement("video");
  video.srcObject = stream;
  video.muted = true;
  document.body.append(video);
  video.play();
  await peer.setLocalDescription();
  await new Promise((done) => {
    const look = () => { if (peer.iceGatheringState === "complete") done(); };
    peer.onicegatheringstatechange = look;
    look();
  });
  const start = { type: "start_stream", image: "nova", size: 128 };
  const answer = await (await fetch("/api/v1/webrtc/offer", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sdp: peer.localDescription.sdp, type: "offer", start }),
  })).json();
  await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
  const level = heard(video, stream);
  channel.onopen = () => channel.send(says);
  const found = await watched(video, level, () => messages.some((one) => one.type === "speaking" && !one.on));
  const stats = [...(await peer.getStats()).values()];
  const inbound = stats.find((one) => one.type === "inbound-rtp" && one.kind === "video") || {};
  const used = stats.find((one) => one.id === inbound.codecId) || {};
  const lost = inbound.packetsLost;
  channel.send(JSON.stringify({ type: "stop" }));
  const until = Date.now() + 10000;
  while (!messages.some((one) => one.type === "ended") && Date.now() < until) {
    await new Promise((done) => setTimeout(done, 50));
  }
  peer.close();
  return { ...found, mime: used.mimeType, lost, kinds: messages.map((one) => one.type) };
}"""
)


@pytest.fixture(scope="module")
def live_page(tmp_path_factory: pytest.TempPathFactory, portraits: dict[str, Path]) -> Iterator[LiveService]:
    running = LiveService(
        tmp_path_factory.mktemp("live"), {"LIVE_WORKERS": "1", "JOB_WORKERS": "0", "MAX_LIVE_SESSIONS": "8"}
    )
    running.start()
    try:
        yield running
    finally:
        running.stop()


def played(page: Page, script: str, argument: str) -> dict[str, Any]:
    page.mouse.click(1, 1)
    found: dict[str, Any] = page.evaluate(script, argument)
    assert found["frames"] > 40, found
    assert found["loudest"] > 0.02, found
    assert {"started", "speaking", "ended"} <= set(found["kinds"])
    return found


def test_fragments_play_by_media_source(live_page: LiveService, open_page: OpenPage) -> None:
    found = played(open_page(live_page.url), FRAGMENTS, "aac")
    assert found["error"] == ""
    assert found["ranges"] == 1
    assert found["mime"].endswith('mp4a.40.2"')
    assert 0.0 <= found["behind"] < 5.0


def test_webrtc_plays_and_speaks_in_the_codec_that_is_not_the_usual_one(
    live_page: LiveService, open_page: OpenPage
) -> None:
    assert played(open_page(live_page.url), WEBRTC, "video/VP8")["mime"] == "video/VP8"


def test_what_the_microphone_hears_opens_the_mouth_as_the_benchmark_sees_it(
    live_page: LiveService, open_page: OpenPage
) -> None:
    page = open_page(live_page.url)
    page.mouse.click(1, 1)
    start = {**START, "image": "nova", "size": 128, "controls": STILL}
    asked = {"values": syllable().tolist(), "count": 2, "gap": GAP_SECONDS, "settle": 0.5}
    found = page.evaluate(page_function("syllables"), {**asked, "start": start, "part": MOUTH})
    assert len(found["begins"]) == 2
    side = found["side"]
    grey = np.frombuffer(base64.b64decode(found["grey"]), np.uint8).reshape(-1, side, side)
    lips = grey[:, side // 4 : side // 2, side // 3 : -side // 3].mean(axis=(1, 2))
    assert np.median(lips) - lips.min() > OPEN_MOUTH


def test_the_page_for_players_shows_a_session_and_hangs_up(live_page: LiveService, open_page: OpenPage) -> None:
    page = open_page(f"{live_page.url}/static/watch.html#image=nova&size=128")
    page.wait_for_function(SHOWING)
    (session,) = live_page.get("/api/v1/live")["sessions"]
    assert (session["name"], session["viewers"]) == ("Nova", 1)
    other = open_page(f"{live_page.url}/static/watch.html#session={session['session']}")
    other.wait_for_function(SHOWING)
    assert live_page.get("/api/v1/live")["sessions"][0]["viewers"] == 2
    other.close()
    page.close()
    assert ended(live_page)


def ended(live_page: LiveService) -> bool:
    """Within some seconds after the last one has gone."""
    for _ in range(200):
        if not live_page.get("/api/v1/live")["sessions"]:
            return True
        time.sleep(0.1)
    return False
