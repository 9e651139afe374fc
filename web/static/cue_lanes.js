import { spanOf } from "./cue_words.js";

/** @typedef {import("./performance_types.js").Cue} Cue */

const MOST_LANES = 5;
const LEAST_LANES = 2;

/**
 * The lane of each cue, so that those that overlap lie above one another; where there are too many at once, some share.
 *
 * @param {readonly Cue[]} cues
 * @returns {{lanes: number[], count: number}} `lanes` in the order of the cues
 */
export function lanesOf(cues) {
  const order = cues.map((cue, index) => ({ index, span: spanOf(cue) })).sort((a, b) => a.span[0] - b.span[0]);
  /** @type {number[]} */
  const ends = [];
  /** @type {number[]} */
  const lanes = Array.from({ length: cues.length }, () => 0);
  for (const { index, span } of order) {
    const free = ends.findIndex((end) => end <= span[0] + 0.001);
    const lane = free >= 0 ? free : ends.length < MOST_LANES ? ends.length : ends.indexOf(Math.min(...ends));
    ends[lane] = Math.max(ends[lane] ?? 0, span[1]);
    lanes[index] = lane;
  }
  return { lanes, count: Math.max(LEAST_LANES, ends.length) };
}
