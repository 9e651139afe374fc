import { ask } from "./dialog.js";
import { problemNote } from "./problem_note.js";

/**
 * Asks before somebody leaves edits behind that are not saved.
 *
 * @param {() => boolean} isEdited
 * @param {() => void} discard
 * @param {AbortSignal} signal
 */
export function leaveGuard(isEdited, discard, signal) {
  addEventListener("beforeunload", (event) => {
    if (isEdited()) event.preventDefault();
  }, { signal });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#/']") : null;
    if (!(link instanceof HTMLAnchorElement) || !isEdited() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    void leave(link.hash);
  }, { signal, capture: true });

  /** @param {string} hash */
  async function leave(hash) {
    const words = "What you changed in the performance since it was saved is lost.";
    const isSure = await ask({ title: "Leave without saving?", words, action: "Leave", danger: true, submit: () => undefined }, problemNote);
    if (!isSure) return;
    discard();
    location.hash = hash;
  }
}
