import { fill, h } from "./dom.js";
import { icon } from "./icon.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {{save: () => Promise<void>, finish: () => Promise<void>, restore: () => void, isOriginal: () => boolean, close: () => void}} Doings
 */

/**
 * The title of the editor, whether all is saved, the way back, and what ends the work.
 *
 * @param {Desk} desk
 * @param {HTMLElement | null} quality that of another version; null where the job waits, rather than being finished already
 * @param {Doings} doings
 * @param {AbortSignal} signal
 */
export function editorHead(desk, quality, doings, signal) {
  const isReview = !quality;
  const state = h("span", { class: "pill saved-state", role: "status" });
  const undo = iconed("undo", "Undo", () => desk.history.undo());
  const redo = iconed("redo_edit", "Redo", () => desk.history.redo());
  const save = h("button", { class: "button", type: "button" }, "Save");
  const finish = h("button", { class: "button button-primary", type: "button" }, icon("check"), isReview ? "Approve and render" : "Make this version");
  const restore = h("button", { class: "button button-quiet", type: "button" }, icon("redo"), isReview ? "Back to the director's" : "Back to this video's");
  const close = h("button", { class: "button button-quiet", type: "button" }, icon("close"), "Close the editor");
  const trouble = h("div", { class: "editor-trouble" });
  const node = h(
    "div",
    { class: "editor-head" },
    h("h2", { id: "editor-title" }, "Performance"),
    state,
    h("span", { class: "editor-steps" }, undo, redo),
    h("div", { class: "editor-doings" }, restore, !isReview && close, isReview && save, quality, finish),
    trouble,
  );

  function show() {
    const { isEdited, canUndo, canRedo } = desk.history;
    state.textContent = isEdited ? "Edited" : isReview ? "Saved" : "As in this video";
    state.dataset["tone"] = isEdited ? "warn" : "good";
    save.disabled = !isEdited;
    undo.disabled = !canUndo;
    redo.disabled = !canRedo;
    restore.disabled = doings.isOriginal();
  }

  save.addEventListener("click", () => void busily(save, doings.save));
  finish.addEventListener("click", () => void busily(finish, doings.finish));
  restore.addEventListener("click", doings.restore);
  close.addEventListener("click", doings.close);
  desk.history.addEventListener("change", show, { signal });
  show();
  return {
    node,
    save: () => void (desk.history.isEdited && isReview && busily(save, doings.save)),
    /** @param {HTMLElement | null} note */
    say(note) {
      fill(trouble, note);
    },
  };
}

/** @param {HTMLButtonElement} button @param {() => Promise<void>} act */
async function busily(button, act) {
  if (button.hasAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  await act().finally(() => button.removeAttribute("aria-busy"));
}

/** @param {import("./icon.js").IconName} name @param {string} words @param {() => void} act */
function iconed(name, words, act) {
  const button = h("button", { class: "icon-button", type: "button", title: words, "aria-label": words }, icon(name));
  button.addEventListener("click", act);
  return button;
}
