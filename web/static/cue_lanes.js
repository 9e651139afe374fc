import { actionWords, spanOf } from "./cue_words.js";

/** @typedef {import("./performance_types.js").Cue} Cue */

/** From the top of the head down. */
export const PARTS = /** @type {const} */ (["head", "brows", "eyes", "mouth"]);
const MOST_LANES = 3;

/** @param {string} action @returns {typeof PARTS[number]} */
export function partOf(action) {
  return actionWords(action).part;
}

/**
 * The lane of each cue: each part of the face has its own, and more where its cues overlap; where there are too many
 * at once, some share.
 *
 * @param {readonly Cue[]} cues
 * @returns {{lanes: number[], count: number, parts: number[]}} `lanes` in the order of the cues; `parts`, how many
 *   lanes each of `PARTS` has
 */
export function lanesOf(cues) {
  /** @type {number[]} */
  const lanes = Array.from({ length: cues.length }, () => 0);
  /** @type {number[]} */
  const parts = [];
  let first = 0;
  for (const part of PARTS) {
    const own = cues.flatMap((cue, index) => (partOf(cue.action) === part ? [{ index, span: spanOf(cue) }] : []));
    const used = pack(own, lanes, first);
    parts.push(used);
    first += used;
  }
  return { lanes, count: first, parts };
}

/** How many lanes were taken, at least one. @param {{index: number, span: [number, number]}[]} own @param {number[]} lanes to fill @param {number} first */
function pack(own, lanes, first) {
  /** @type {number[]} */
  const ends = [];
  for (const { index, span } of own.sort((a, b) => a.span[0] - b.span[0])) {
    const free = ends.findIndex((end) => end <= span[0] + 0.001);
    const lane = free >= 0 ? free : ends.length < MOST_LANES ? ends.length : ends.indexOf(Math.min(...ends));
    ends[lane] = Math.max(ends[lane] ?? 0, span[1]);
    lanes[index] = first + lane;
  }
  return Math.max(1, ends.length);
}
