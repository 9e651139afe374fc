/**
 * Changes of a performance: each makes a new one and leaves the old one as it was.
 *
 * @typedef {import("./performance_types.js").Score} Score
 * @typedef {import("./performance_types.js").Cue} Cue
 * @typedef {import("./performance_types.js").Controls} Controls
 * @typedef {import("./performance_types.js").Segment} Segment
 */

export const SHORTEST_CUE = 0.05;
export const LONGEST_CUE = 10;
export const SHORTEST_SEGMENT = 0.2;
/** Borders that are nearer than this are one. */
const TOUCHING = 0.02;

/** @param {number} value @param {number} least @param {number} most */
export function clamp(value, least, most) {
  return Math.min(Math.max(value, least), most);
}

/** To the millisecond. @param {number} seconds */
export function rounded(seconds) {
  return Math.round(seconds * 1000) / 1000;
}

/** @param {Score} score @param {number} index @param {Partial<Cue>} change @returns {Score} */
export function withCue(score, index, change) {
  return { ...score, cues: score.cues.map((cue, place) => (place === index ? tidy({ ...cue, ...change }) : cue)) };
}

/** @param {Score} score @param {Cue} cue @returns {Score} */
export function withNewCue(score, cue) {
  return { ...score, cues: [...score.cues, tidy(cue)] };
}

/** @param {Score} score @param {number} index @returns {Score} */
export function withoutCue(score, index) {
  return { ...score, cues: score.cues.filter((_, place) => place !== index) };
}

/** @param {Cue} cue @returns {Cue} */
function tidy(cue) {
  return {
    ...cue,
    at: rounded(Math.max(0, cue.at)),
    duration: rounded(clamp(cue.duration, SHORTEST_CUE, LONGEST_CUE)),
    intensity: rounded(clamp(cue.intensity, 0, 1)),
    direction: rounded(clamp(cue.direction, -1, 1)),
  };
}

/**
 * Control parameters of a segment, or of the whole clip, where they hold in every segment too.
 *
 * @param {Score} score @param {number | null} index of the segment; null for the whole clip
 * @param {Partial<Controls>} change
 * @returns {Score}
 */
export function withControls(score, index, change) {
  const segments = score.segments.map((segment, place) => (index === null || place === index ? { ...segment, controls: { ...segment.controls, ...change } } : segment));
  return { ...score, segments, controls: index === null ? { ...score.controls, ...change } : score.controls };
}

/**
 * A border at that time: the segment that it lies in becomes two; where there is none, one begins there that lasts to
 * the next. Null where that leaves too short a segment.
 *
 * @param {Score} score @param {number} time @param {number} duration of the clip
 * @returns {{score: Score, index: number} | null} `index` of the segment that begins there
 */
export function withSplit(score, time, duration) {
  const at = rounded(time);
  const within = score.segments.find((segment) => segment.start < at && at < segment.end);
  const end = within?.end ?? Math.min(duration, ...score.segments.filter((segment) => segment.start >= at).map((segment) => segment.start));
  if (end - at < SHORTEST_SEGMENT || (within && at - within.start < SHORTEST_SEGMENT)) return null;
  const begun = { start: at, end: rounded(end), controls: within?.controls ?? score.controls };
  const others = score.segments.map((segment) => (segment === within ? { ...segment, end: at } : segment));
  const segments = [...others, begun].sort((a, b) => a.start - b.start);
  return { score: { ...score, segments }, index: segments.indexOf(begun) };
}

/**
 * Moves a border of a segment; a neighbour that touches it comes along.
 *
 * @param {Score} score @param {number} index @param {"start" | "end"} side @param {number} time @param {number} duration
 * @returns {Score}
 */
export function withBorder(score, index, side, time, duration) {
  const { segments } = score;
  const moved = segments[index];
  const beside = segments[side === "start" ? index - 1 : index + 1];
  if (!moved) return score;
  const at = rounded(side === "start" ? startWithin(moved, beside, time) : endWithin(moved, beside, time, duration));
  const isJoined = beside !== undefined && touches(moved, beside, side);
  const changed = segments.map((segment) => {
    if (segment === moved) return { ...segment, [side]: at };
    return segment === beside && isJoined ? { ...segment, [side === "start" ? "end" : "start"]: at } : segment;
  });
  return { ...score, segments: changed };
}

/** @param {Segment} moved @param {Segment | undefined} before @param {number} time */
function startWithin(moved, before, time) {
  const least = before === undefined ? 0 : touches(moved, before, "start") ? before.start + SHORTEST_SEGMENT : before.end;
  return clamp(time, least, moved.end - SHORTEST_SEGMENT);
}

/** @param {Segment} moved @param {Segment | undefined} after @param {number} time @param {number} duration */
function endWithin(moved, after, time, duration) {
  const most = after === undefined ? duration : touches(moved, after, "end") ? after.end - SHORTEST_SEGMENT : after.start;
  return clamp(time, moved.start + SHORTEST_SEGMENT, most);
}

/** @param {Segment} moved @param {Segment} beside @param {"start" | "end"} side */
function touches(moved, beside, side) {
  return Math.abs(side === "start" ? beside.end - moved.start : beside.start - moved.end) < TOUCHING;
}

/** Its stretch is played as the whole clip is. @param {Score} score @param {number} index @returns {Score} */
export function withoutSegment(score, index) {
  return { ...score, segments: score.segments.filter((_, place) => place !== index) };
}
