import { ask } from "./dialog.js";
import { freshId, h } from "./dom.js";
import { problemNote } from "./problem_note.js";

/**
 * Asks for the token where the service wants one; the page then begins anew, signed in by a cookie.
 *
 * @param {import("./api.js").Api} api
 */
export function guardSession(api) {
  let asking = false;
  api.addEventListener("locked", async () => {
    if (asking) return;
    asking = true;
    const id = freshId("token");
    const input = h("input", { class: "input", id, type: "password", name: "token", required: true, autocomplete: "current-password" });
    await ask(
      {
        title: "Sign in",
        words: "This service is protected. Whoever runs it can give you a token.",
        fields: [h("div", { class: "field" }, h("label", { for: id }, "Token"), input)],
        action: "Sign in",
        canCancel: false,
        submit: () => api.unlock(input.value),
      },
      problemNote,
    );
    location.reload();
  });
}
