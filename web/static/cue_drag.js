import { RISE_SHARE, cueWords } from "./cue_words.js";
import { drag } from "./drag.js";
import { clamp, withCue } from "./performance_edits.js";
import { wordNear } from "./spoken.js";

/** @typedef {import("./editing_desk.js").EditingDesk} Desk */

const EDGE_PX = 7;
const EDGE_TOUCH_PX = 14;
const SNAP_PX = 10;
const MOST_SNAP_SECONDS = 0.15;

/**
 * Selects, moves and stretches blocks of cues by mouse, pen or finger. A cue that is moved onto a word peaks where
 * that is loudest, unless Alt or Shift is held.
 *
 * @param {HTMLElement} node
 * @param {Desk} desk
 * @param {import("./snap_guide.js").SnapGuide} guide
 * @param {AbortSignal} signal
 */
export function cueDrag(node, desk, guide, signal) {
  let count = 0;

  node.addEventListener("pointerdown", (event) => {
    const block = event.target instanceof Element ? event.target.closest(".cue") : null;
    if (event.button !== 0) return;
    if (!(block instanceof HTMLElement)) return desk.select({ kind: "clip" });
    const index = Number(block.dataset["index"]);
    const cue = desk.score.cues[index];
    if (!cue) return;
    desk.select({ kind: "cue", index });
    desk.say(cueWords(cue, desk.spoken));
    count += 1;
    const before = desk.score;
    const edge = edgeOf(block, event);
    const grabbed = timeOf(event);
    drag(node, event, {
      move(moved) {
        const time = timeOf(moved);
        const change = edge ? stretched(cue, edge, time) : placed(cue.at + time - grabbed, moved.altKey || moved.shiftKey);
        node.classList.add(edge ? "is-stretching" : "is-moving");
        desk.history.apply(withCue(before, index, change), `drag ${count}`);
        guide.show(desk.score.cues[index] ?? cue);
      },
      end(isClick) {
        rest();
        const now = desk.score.cues[index];
        if (!isClick && now) desk.say(cueWords(now, desk.spoken));
      },
      cancel() {
        rest();
        if (desk.score !== before) desk.history.undo();
      },
    }, signal);
  }, { signal });

  /** @param {PointerEvent} event */
  function timeOf(event) {
    return desk.scale.start + (event.clientX - node.getBoundingClientRect().left) / desk.scale.perSecond;
  }

  function rest() {
    node.classList.remove("is-moving", "is-stretching");
    guide.hide();
  }

  /** @param {number} time @param {boolean} isFree */
  function placed(time, isFree) {
    const at = clamp(time, 0, desk.spoken.duration);
    const reach = Math.min(SNAP_PX / desk.scale.perSecond, MOST_SNAP_SECONDS);
    return (!isFree && wordNear(desk.spoken, at, reach)) || { at, word: null };
  }
}

/** @param {import("./performance_types.js").Cue} cue @param {"start" | "end"} edge @param {number} time */
function stretched(cue, edge, time) {
  return { duration: edge === "end" ? (time - cue.at) / (1 - RISE_SHARE) : (cue.at - time) / RISE_SHARE };
}

/** @param {HTMLElement} block @param {PointerEvent} event @returns {"start" | "end" | null} */
function edgeOf(block, event) {
  const { left, right, width } = block.getBoundingClientRect();
  const reach = Math.min(event.pointerType === "touch" ? EDGE_TOUCH_PX : EDGE_PX, width / 4);
  if (event.clientX >= right - reach) return "end";
  return event.clientX <= left + reach ? "start" : null;
}
