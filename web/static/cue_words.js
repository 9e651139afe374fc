/**
 * What a cue is called, and how it is drawn.
 *
 * @typedef {import("./performance_types.js").Cue} Cue
 * @typedef {import("./performance_types.js").Spoken} Spoken
 * @typedef {{name: string, part: "head" | "eyes" | "brows" | "mouth", sides: [string, string] | null}} ActionWords
 */

/** Share of a cue's duration that lies before its peak. */
export const RISE_SHARE = 0.35;

/** @type {Map<string, ActionWords>} */
export const ACTIONS = new Map([
  ["nod", { name: "Nod", part: "head", sides: null }],
  ["shake", { name: "Shake", part: "head", sides: null }],
  ["tilt", { name: "Tilt", part: "head", sides: ["Right", "Left"] }],
  ["turn", { name: "Turn", part: "head", sides: ["Right", "Left"] }],
  ["lean", { name: "Lean in", part: "head", sides: null }],
  ["look", { name: "Look away", part: "eyes", sides: ["Right", "Left"] }],
  ["blink", { name: "Blink", part: "eyes", sides: null }],
  ["wink", { name: "Wink", part: "eyes", sides: ["Right", "Left"] }],
  ["eyes_wide", { name: "Eyes wide", part: "eyes", sides: null }],
  ["squint", { name: "Squint", part: "eyes", sides: null }],
  ["brow_raise", { name: "Brows up", part: "brows", sides: null }],
  ["frown", { name: "Frown", part: "brows", sides: null }],
  ["smile", { name: "Smile", part: "mouth", sides: null }],
  ["still", { name: "Hold still", part: "head", sides: null }],
]);

/** @param {string} action @returns {ActionWords} */
export function actionWords(action) {
  return ACTIONS.get(action) ?? { name: action, part: "head", sides: null };
}

/** The stretch that a cue takes. @param {Cue} cue @returns {[number, number]} */
export function spanOf({ at, duration }) {
  return [at - RISE_SHARE * duration, at + (1 - RISE_SHARE) * duration];
}

/** `Nod on “morning” at 1.24 s` @param {Cue} cue @param {Spoken} spoken */
export function cueWords(cue, spoken) {
  const word = cue.word === null ? undefined : spoken.words[cue.word]?.text;
  return `${actionWords(cue.action).name}${word ? ` on “${word}”` : ""} at ${timeWords(cue.at)}`;
}

/** `1.24 s`, `1:04.20` @param {number} seconds */
export function timeWords(seconds) {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const tail = `${hours > 0 ? String(minutes).padStart(2, "0") : minutes}:${rest.toFixed(2).padStart(5, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}
