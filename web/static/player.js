import { here } from "./address.js";
import { Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { canStream, playStream } from "./media_stream.js";

/** @typedef {import("./types.js").Job} Job */

const HLS = "application/vnd.apple.mpegurl";
const NO_PREVIEW = "The video is shown once it is finished";

/**
 * Shows a job's video: its portrait first, then what is rendered so far, then the finished file.
 *
 * @param {HTMLElement} node
 * @param {import("./api.js").Api} api
 * @param {AbortSignal} signal
 */
export function player(node, api, signal) {
  const video = h("video", { playsinline: true, preload: "auto", "aria-label": "The video" });
  const poster = h("img", { class: "player-poster", alt: "" });
  const badge = h("p", { class: "player-badge", hidden: true }, h("span", { class: "record-dot is-live" }), "Live preview");
  const veil = h("p", { class: "player-veil" });
  fill(node, h("span", { class: "player-none" }, icon("film")), poster, video, veil, badge);
  poster.addEventListener("error", () => poster.remove(), { signal });
  video.addEventListener("loadedmetadata", () => shape(video.videoWidth, video.videoHeight), { signal });
  /** @type {"nothing" | "stream" | "refused" | "file"} */
  let source = "nothing";
  /** @type {string | null} */
  let finished = null;
  let streaming = new AbortController();
  signal.addEventListener("abort", () => streaming.abort(), { once: true });

  /** @param {number | null} width @param {number | null} height */
  function shape(width, height) {
    if (width && height) node.style.setProperty("--ratio", String(width / height));
  }

  function started() {
    node.classList.add("is-playing");
    video.controls = true;
    badge.hidden = source !== "stream";
    veil.hidden = true;
    video.play().catch(() => null);
  }

  /** @param {string} address */
  function stream(address) {
    source = "stream";
    if (canStream()) {
      streaming = new AbortController();
      playStream(video, address, api, streaming.signal, started).catch((error) => {
        if (!streaming.signal.aborted) refuse(error);
      });
    } else if (video.canPlayType(HLS)) {
      video.src = address;
      video.addEventListener("loadeddata", started, { once: true, signal });
    } else source = "refused";
  }

  /** A stream that cannot be played here is left for good; the finished file follows. @param {unknown} error */
  function refuse(error) {
    if (!(error instanceof Problem)) console.warn("The preview cannot be played here.", error);
    source = "refused";
    badge.hidden = true;
    if (!veil.hidden) veil.textContent = NO_PREVIEW;
    if (finished) file(finished, !video.paused);
  }

  /** The finished file, from the place that was reached. @param {string} address @param {boolean} isFresh */
  function file(address, isFresh) {
    if (source === "file") return;
    const at = video.ended ? 0 : video.currentTime;
    streaming.abort();
    source = "file";
    badge.hidden = true;
    veil.hidden = true;
    video.src = address;
    video.controls = true;
    node.classList.add("is-playing");
    if (at > 0) video.currentTime = at;
    if (isFresh) video.play().catch(() => null);
  }

  /** What is said, to be switched on by who wants to read it. @param {Job} job */
  function captions(job) {
    const address = here(job.captions_url);
    if (!address || video.querySelector("track")) return;
    video.append(h("track", { kind: "captions", label: "Captions", src: address, srclang: job.language?.slice(0, 2) ?? "en" }));
  }

  return {
    /** @param {Job} job @param {boolean} wasWatched whether it was not yet finished when this page came to it */
    show(job, wasWatched) {
      shape(job.width, job.height);
      const thumbnail = here(job.thumbnail_url);
      if (thumbnail && !poster.hasAttribute("src")) poster.src = thumbnail;
      const isOn = job.status === "running" || job.status === "queued";
      const isPlaying = node.classList.contains("is-playing");
      node.classList.toggle("is-waiting", isOn && !isPlaying);
      if (hasPictures(job) && source === "nothing" && job.stream_url) stream(here(job.stream_url) ?? "");
      veil.textContent = veilWords(job, source === "refused");
      veil.hidden = isPlaying || !veil.textContent;
      const address = here(job.video_url);
      if (job.status !== "completed" || !address || source === "file") return;
      badge.hidden = true;
      captions(job);
      finished = address;
      const isMoving = isPlaying && !video.paused && !video.ended;
      if (source === "stream" && isMoving) video.addEventListener("ended", () => file(address, false), { once: true, signal });
      else file(address, wasWatched && (!isPlaying || isMoving));
    },
    /** It may begin anew. */
    stop() {
      streaming.abort();
      if (source === "stream") source = "nothing";
      badge.hidden = true;
      video.pause();
    },
  };
}

/** Whether a part of it is drawn: before that, whoever asks for its stream waits, and is refused in the end. @param {Job} job */
function hasPictures(job) {
  return job.status === "running" && job.chunks_done > 0;
}

/** @param {Job} job @param {boolean} isRefused whether there is no preview */
function veilWords(job, isRefused) {
  if (job.status === "queued") return "Waiting for its turn";
  if (job.status !== "running") return "";
  return isRefused ? NO_PREVIEW : "The first pictures come in a moment";
}
