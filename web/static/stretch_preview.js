import { spanOf, timeWords } from "./cue_words.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";
import { problemNote } from "./problem_note.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 */

const LONGEST_SECONDS = 12;
const BEFORE_SECONDS = 1;
const AFTER_SECONDS = 3;
const AROUND_CUE_SECONDS = 1;
const SETTLE_MS = 500;
const SIDE_PX = 240;

/**
 * Plays a stretch of the performance as it is edited, small and at once. After an edit it is drawn again.
 *
 * @param {Desk} desk
 * @param {import("./api.js").Api} api
 * @param {{path: string, picture: string | null, started: () => void}} about `path` of the job
 * @param {AbortSignal} signal
 */
export function stretchPreview(desk, api, { path, picture, started }, signal) {
  const video = h("video", { playsinline: true, "aria-label": "Preview", hidden: true });
  const poster = picture && h("img", { class: "stretch-poster", src: picture, alt: "" });
  const words = h("span", { class: "stretch-words figures" });
  const state = h("p", { class: "stretch-state", role: "status" });
  const trouble = h("div", { class: "stretch-trouble" });
  const where = h("select", { class: "select select-small", "aria-label": "What to preview" }, h("option", { value: "here" }, "Selection"), h("option", { value: "seen" }, "All in view"));
  const button = h("button", { class: "button button-small", type: "button" }, icon("play"), "Preview");
  const node = h("section", { class: "stretch", "aria-label": "Preview of the performance" }, h("div", { class: "stretch-screen" }, poster, video, state, words), h("div", { class: "stretch-bar" }, button, where), trouble);
  const begin = latest();
  const client = Math.random().toString(36).slice(2);
  let address = "";
  let from = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let settling;

  async function play() {
    clearTimeout(settling);
    const asking = begin();
    const score = desk.score;
    const [start, end] = stretchOf(desk, where.value === "seen");
    started();
    video.pause();
    node.dataset["state"] = "drawing";
    state.textContent = "Drawing…";
    fill(words, `${timeWords(start)} – ${timeWords(end)}`);
    try {
      const { file, headers } = await api.order(`${path}/preview`, { performance: score, start, end, side: SIDE_PX, client }, asking);
      if (asking.aborted) return;
      fill(trouble);
      forget();
      address = URL.createObjectURL(file);
      from = Number(headers.get("X-Start") ?? start);
      video.src = address;
      video.hidden = false;
      node.dataset["state"] = "shown";
      state.textContent = "";
      video.play().catch(() => null);
    } catch (error) {
      if (asking.aborted || signal.aborted) return;
      node.dataset["state"] = "failed";
      state.textContent = "";
      fill(trouble, problemNote(error));
    }
  }

  function forget() {
    if (address) URL.revokeObjectURL(address);
    address = "";
  }

  function follow() {
    if (video.paused || signal.aborted) return;
    desk.place(from + video.currentTime);
    requestAnimationFrame(follow);
  }

  button.addEventListener("click", () => void play());
  video.addEventListener("play", () => {
    started();
    follow();
  });
  video.addEventListener("click", () => void (video.paused ? video.play() : video.pause()));
  desk.history.addEventListener("change", () => {
    if (!node.dataset["state"]) return;
    node.dataset["state"] = "stale";
    clearTimeout(settling);
    settling = setTimeout(() => void play(), SETTLE_MS);
  }, { signal });
  signal.addEventListener("abort", () => {
    begin();
    clearTimeout(settling);
    video.pause();
    video.removeAttribute("src");
    forget();
  }, { once: true });

  return { node, play: () => void play(), pause: () => video.pause() };
}

/** The stretch to draw: what was marked, else what is selected, else about the playhead. @param {Desk} desk @param {boolean} isSeen @returns {[number, number]} */
function stretchOf(desk, isSeen) {
  const { duration } = desk.spoken;
  const [start, end] = isSeen ? [desk.scale.start, desk.scale.end] : (desk.stretch ?? chosenStretch(desk));
  const first = Math.min(Math.max(0, start), Math.max(0, duration - 0.2));
  return [first, Math.min(Math.max(end, first + 0.2), first + LONGEST_SECONDS, duration)];
}

/** @param {Desk} desk @returns {[number, number]} */
function chosenStretch(desk) {
  const [cue, segment] = [desk.cue, desk.segment];
  if (cue) {
    const [from, to] = spanOf(cue.cue);
    return [from - AROUND_CUE_SECONDS, to + AROUND_CUE_SECONDS];
  }
  if (segment && (desk.playhead < segment.segment.start || desk.playhead > segment.segment.end)) return [segment.segment.start, segment.segment.end];
  return [desk.playhead - BEFORE_SECONDS, desk.playhead + AFTER_SECONDS];
}
