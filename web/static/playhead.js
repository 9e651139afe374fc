import { timeWords } from "./cue_words.js";
import { drag } from "./drag.js";
import { h } from "./dom.js";

const LARGE_STEP_SECONDS = 1;

/**
 * The line through all tracks that stands where playing begins, with a handle to move it.
 *
 * @param {import("./editing_desk.js").EditingDesk} desk
 * @param {AbortSignal} signal
 */
export function playhead(desk, signal) {
  const handle = h("span", { class: "playhead-handle", role: "slider", tabindex: 0, "aria-label": "Playhead", "aria-valuemin": 0, "aria-valuemax": desk.spoken.duration.toFixed(2) });
  const node = h("div", { class: "playhead" }, handle);

  function draw() {
    const x = desk.scale.x(desk.playhead);
    node.hidden = x < -1 || x > desk.scale.width + 1;
    node.style.setProperty("translate", `${x.toFixed(2)}px 0`);
    handle.setAttribute("aria-valuenow", desk.playhead.toFixed(2));
    handle.setAttribute("aria-valuetext", timeWords(desk.playhead));
  }

  handle.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    const from = desk.playhead;
    drag(handle, event, { move: (_, dx) => desk.place(from + dx / desk.scale.perSecond), cancel: () => desk.place(from) }, signal);
  }, { signal });
  handle.addEventListener("keydown", (event) => {
    const steps = new Map([["ArrowRight", desk.frame], ["ArrowLeft", -desk.frame], ["PageUp", LARGE_STEP_SECONDS], ["PageDown", -LARGE_STEP_SECONDS]]);
    const ends = new Map([["Home", 0], ["End", desk.spoken.duration]]);
    const to = steps.has(event.key) ? desk.playhead + (steps.get(event.key) ?? 0) : ends.get(event.key);
    if (to === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    desk.place(to, true);
  }, { signal });
  return { node, draw };
}
