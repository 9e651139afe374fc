import { h } from "./dom.js";

/**
 * Shows a form in a dialog. `submit` may throw: the dialog then stays and shows why.
 *
 * @param {{title: string, words?: string, fields?: HTMLElement[], action: string, danger?: boolean,
 *          canCancel?: boolean, submit: (form: HTMLFormElement) => Promise<void> | void}} asked
 * @param {(error: unknown) => HTMLElement} problem
 * @returns {Promise<boolean>} whether it was submitted
 */
export function ask(asked, problem) {
  const { title, words, fields = [], action, danger = false, canCancel = true } = asked;
  const trouble = h("div");
  const confirm = h("button", { class: `button ${danger ? "button-danger" : "button-primary"}`, type: "submit" }, action);
  const cancel = h("button", { class: "button button-quiet", type: "button" }, "Cancel");
  const form = h(
    "form",
    {},
    h("div", {}, h("h2", { id: "dialog-title" }, title), words && h("p", { class: "muted" }, words)),
    ...fields,
    trouble,
    h("div", { class: "dialog-actions" }, canCancel && cancel, confirm),
  );
  const dialog = h("dialog", { class: "dialog", "aria-labelledby": "dialog-title" }, form);
  document.body.append(dialog);
  dialog.showModal();

  return new Promise((resolve) => {
    let done = false;
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("cancel", (event) => {
      if (!canCancel) event.preventDefault();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(done);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      confirm.disabled = true;
      try {
        await asked.submit(form);
        done = true;
        dialog.close();
      } catch (error) {
        trouble.replaceChildren(problem(error));
        confirm.disabled = false;
      }
    });
  });
}
