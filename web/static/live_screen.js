import { h } from "./dom.js";
import { wholeImage } from "./face_image.js";
import { playerOf } from "./live_pictures.js";

/**
 * The picture of a session: the portrait until the first frame, then a video, or a canvas where single pictures come.
 * The node is `is-moving` from the first frame on.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AudioContext} context
 * @param {AbortSignal} signal
 */
export function liveScreen(session, context, signal) {
  const video = h("video", { playsinline: true, autoplay: true, tabindex: -1, "aria-hidden": "true" });
  const canvas = h("canvas", { hidden: true, "aria-hidden": "true" });
  const unmute = h("button", { class: "button button-small live-unmute", type: "button", hidden: true }, "Turn the sound on");
  const node = h("div", { class: "live-screen" }, h("div", { class: "live-poster" }, wholeImage(session.wish.face)), video, canvas, unmute);
  let isMuted = false;
  let shown = 0;
  /** @type {import("./live_pictures.js").Player | null} */
  let player = null;

  /** A video whose track has brought nothing yet shows black: that is no picture. */
  function moves() {
    if (!player && session.connection.state !== "live") return;
    shown += 1;
    node.classList.add("is-moving");
  }

  function drop() {
    player?.close();
    player = null;
    video.srcObject = null;
    node.classList.remove("is-moving");
  }

  async function play() {
    try {
      await video.play();
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      video.muted = true;
      unmute.hidden = false;
      await video.play().catch(() => null);
    }
  }

  function count() {
    if (signal.aborted) return;
    moves();
    video.requestVideoFrameCallback(count);
  }

  session.on("stream", (stream) => {
    drop();
    video.srcObject = stream;
    video.playbackRate = 1;
    void play();
  }, signal);
  session.on("started", (started) => {
    node.style.setProperty("--ratio", String(started.width / started.height));
    if (session.connection.way !== "websocket") return;
    drop();
    player = playerOf(started, video, canvas, context);
    player.mute(isMuted);
    [video.hidden, canvas.hidden] = [started.video !== "fmp4", started.video !== "jpeg"];
    if (started.video === "fmp4") void play();
  }, signal);
  session.on("connection", ({ state }) => {
    if (state === "reconnecting" || state === "ended") node.classList.remove("is-moving");
  }, signal);
  session.on("media", (media) => player?.take(media), signal);
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(count);
  else /** @type {HTMLVideoElement} */ (video).addEventListener("timeupdate", moves, { signal });
  canvas.addEventListener("picture", moves, { signal });
  unmute.addEventListener("click", () => {
    unmute.hidden = true;
    video.muted = isMuted;
  });
  signal.addEventListener("abort", drop, { once: true });

  return {
    node,
    /** Frames that were shown here. */
    frames: () => shown,
    /** @param {boolean} wanted */
    mute(wanted) {
      isMuted = wanted;
      video.muted = wanted;
      player?.mute(wanted);
      unmute.hidden = true;
    },
  };
}
