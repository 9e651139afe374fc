/**
 * Edits that somebody went away from, kept for this tab: whoever comes back finds them.
 *
 * @typedef {import("./performance_types.js").Score} Score
 */

const STEM = "performance-draft-";

/** @param {string} job @param {Score} kept the performance that was edited @returns {Score | null} */
export function takeDraft(job, kept) {
  const found = sessionStorage.getItem(STEM + job);
  sessionStorage.removeItem(STEM + job);
  if (!found) return null;
  const draft = JSON.parse(found);
  return JSON.stringify(draft.kept) === JSON.stringify(kept) ? draft.score : null;
}

/** @param {string} job @param {Score} kept @param {Score} score */
export function putDraft(job, kept, score) {
  sessionStorage.setItem(STEM + job, JSON.stringify({ kept, score }));
}

/** @param {string} job */
export function dropDraft(job) {
  sessionStorage.removeItem(STEM + job);
}
