import { Problem } from "./api.js";
import { h } from "./dom.js";
import { icon } from "./icon.js";

/**
 * What went wrong and what to do about it.
 *
 * @param {unknown} error
 * @param {...HTMLElement} actions
 */
export function problemNote(error, ...actions) {
  const message = error instanceof Error ? error.message : String(error);
  const cure = error instanceof Problem ? error.cure : "";
  return failureNote(message, cure, ...actions);
}

/**
 * @param {string} message
 * @param {string} cure
 * @param {...HTMLElement} actions
 */
export function failureNote(message, cure, ...actions) {
  return h(
    "div",
    { class: "note note-bad", role: "alert" },
    icon("alert"),
    h("p", { class: "note-title" }, message),
    cure && h("p", { class: "note-cure" }, cure),
    actions.length > 0 && h("div", { class: "note-actions" }, ...actions),
  );
}
