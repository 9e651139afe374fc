import { actionWords, cueWords, spanOf, timeWords } from "./cue_words.js";
import { withBorder, withCue, withNewCue, withoutCue, withoutSegment, withSplit } from "./performance_edits.js";
import { wordNear, nextWord } from "./spoken.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {import("./performance_types.js").Cue} Cue
 */

const REACH_SECONDS = 0.15;
const NEW_CUE = { action: "nod", intensity: 0.6, duration: 0.6, direction: 0 };

/** Selects a cue, brings it into view, and says which it is. @param {Desk} desk @param {number} index */
export function selectCue(desk, index) {
  desk.select({ kind: "cue", index });
  const cue = desk.score.cues[index];
  if (!cue) return;
  desk.scale.reveal(...spanOf(cue));
  desk.say(cueWords(cue, desk.spoken));
}

/** The cue that comes next in time, or the one before; the nearest where none is selected. @param {Desk} desk @param {1 | -1} way */
export function stepCue(desk, way) {
  const order = desk.score.cues.map((cue, index) => ({ at: cue.at, index })).sort((a, b) => a.at - b.at || a.index - b.index);
  const now = order.findIndex(({ index }) => index === desk.cue?.index);
  const fresh = way > 0 ? order.findIndex(({ at }) => at >= desk.playhead) : order.filter(({ at }) => at <= desk.playhead).length - 1;
  const found = now >= 0 ? order[now + way] : (order[fresh] ?? order[way > 0 ? order.length - 1 : 0]);
  if (found) selectCue(desk, found.index);
}

/** The first cue of all, or the last. @param {Desk} desk @param {boolean} isLast */
export function endCue(desk, isLast) {
  const order = desk.score.cues.map((cue, index) => ({ at: cue.at, index })).sort((a, b) => a.at - b.at);
  const found = order[isLast ? order.length - 1 : 0];
  if (found) selectCue(desk, found.index);
}

/** A new cue on the word that is near, or at that very time. @param {Desk} desk @param {number} [time] */
export function addCue(desk, time = desk.playhead) {
  const near = wordNear(desk.spoken, time, REACH_SECONDS);
  const cue = { ...NEW_CUE, at: near?.at ?? time, word: near?.word ?? null };
  desk.history.apply(withNewCue(desk.score, cue));
  selectCue(desk, desk.score.cues.length - 1);
}

/** A copy of the selected cue, on the next word. @param {Desk} desk */
export function duplicateCue(desk) {
  const chosen = desk.cue;
  if (!chosen) return;
  const next = nextWord(desk.spoken, chosen.cue.at, 1);
  const at = next?.at ?? Math.min(chosen.cue.at + chosen.cue.duration, desk.spoken.duration);
  desk.history.apply(withNewCue(desk.score, { ...chosen.cue, at, word: next?.word ?? null }));
  selectCue(desk, desk.score.cues.length - 1);
}

/** Deletes the selected cue or segment. @param {Desk} desk */
export function removeSelected(desk) {
  const [cue, segment] = [desk.cue, desk.segment];
  desk.select({ kind: "clip" });
  if (cue) {
    desk.history.apply(withoutCue(desk.score, cue.index));
    desk.say(`${actionWords(cue.cue.action).name} deleted`);
  } else if (segment) {
    desk.history.apply(withoutSegment(desk.score, segment.index));
    desk.say("Segment deleted");
  }
}

/** Moves the selected cue by frames, away from its word. @param {Desk} desk @param {number} frames */
export function nudgeCue(desk, frames) {
  const chosen = desk.cue;
  if (!chosen) return desk.place(desk.playhead + frames * desk.frame, true);
  const at = Math.min(Math.max(0, chosen.cue.at + frames * desk.frame), desk.spoken.duration);
  return changed(desk, chosen.index, { at, word: null }, "nudge");
}

/** Moves the selected cue to the next word, or to the one before. @param {Desk} desk @param {1 | -1} way */
export function wordCue(desk, way) {
  const chosen = desk.cue;
  const next = nextWord(desk.spoken, chosen?.cue.at ?? desk.playhead, way);
  if (!next) return;
  if (!chosen) desk.place(next.at, true);
  else changed(desk, chosen.index, next, "word");
}

/** @param {Desk} desk @param {number} frames */
export function lengthenCue(desk, frames) {
  const chosen = desk.cue;
  if (chosen) changed(desk, chosen.index, { duration: chosen.cue.duration + frames * desk.frame }, "duration");
}

/** @param {Desk} desk @param {number} by */
export function strengthenCue(desk, by) {
  const chosen = desk.cue;
  if (chosen) changed(desk, chosen.index, { intensity: chosen.cue.intensity + by }, "intensity");
}

/** @param {Desk} desk @param {number} index @param {Partial<Cue>} change @param {string} kind */
function changed(desk, index, change, kind) {
  desk.history.apply(withCue(desk.score, index, change), `${kind} ${index}`);
  const cue = desk.score.cues[index];
  if (!cue) return;
  desk.scale.reveal(...spanOf(cue));
  const extra = { duration: `, ${cue.duration.toFixed(2)} s long`, intensity: `, intensity ${Math.round(cue.intensity * 100)} %` }[kind] ?? "";
  desk.say(`${cueWords(cue, desk.spoken)}${extra}`);
}

/** A border at the playhead. @param {Desk} desk */
export function splitHere(desk) {
  const split = withSplit(desk.score, desk.playhead, desk.spoken.duration);
  if (!split) return desk.say("No room for a segment at the playhead");
  desk.history.apply(split.score);
  desk.select({ kind: "segment", index: split.index });
  return desk.say(segmentWords(desk));
}

/** The next segment in time, the one before, or the whole clip. @param {Desk} desk @param {1 | -1} way */
export function stepSegment(desk, way) {
  const now = desk.segment?.index ?? -1;
  const next = Math.min(Math.max(now + way, -1), desk.score.segments.length - 1);
  desk.select(next < 0 ? { kind: "clip" } : { kind: "segment", index: next });
  const chosen = desk.segment;
  if (chosen) desk.scale.reveal(chosen.segment.start, Math.min(chosen.segment.end, chosen.segment.start + desk.scale.seen * 0.8));
  desk.say(segmentWords(desk));
}

/** Moves a border of the selected segment. @param {Desk} desk @param {"start" | "end"} side @param {number} by seconds */
export function moveBorder(desk, side, by) {
  const chosen = desk.segment;
  if (!chosen) return;
  desk.history.apply(withBorder(desk.score, chosen.index, side, chosen.segment[side] + by, desk.spoken.duration), `border ${side} ${chosen.index}`);
  desk.say(segmentWords(desk));
}

/** @param {Desk} desk */
function segmentWords(desk) {
  const chosen = desk.segment;
  return chosen ? `Segment ${chosen.index + 1}, ${timeWords(chosen.segment.start)} to ${timeWords(chosen.segment.end)}` : "Whole clip";
}
