import { h } from "./dom.js";
import { dropTarget } from "./drop_target.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";

/**
 * @typedef {import("./types.js").Face} Face
 * @typedef {{found: (face: Face, notes: string[]) => void, refused: (error: unknown) => void, begun: () => void}} Outcome
 */

/**
 * A tile that takes a picture, or a video in its place, by choice or by drop anywhere on `around`, and uploads it.
 *
 * @param {HTMLElement} around
 * @param {import("./api.js").Api} api
 * @param {Outcome} tell
 */
export function pictureDrop(around, api, tell) {
  const begin = latest();
  const input = h("input", { class: "unseen", type: "file", accept: "image/*,video/*", name: "picture" });
  const title = h("span", { class: "face-name" }, "Your photo or video");
  const hint = h("span", { class: "drop-hint" }, "Drop or choose");
  const frame = h("span", { class: "face-frame drop-frame" }, h("span", { class: "drop-icon" }, icon("photo")), hint);
  const node = h("label", { class: "face-card drop-card" }, input, frame, title);

  /** @param {File} file */
  async function take(file) {
    const signal = begin();
    tell.begun();
    const picture = URL.createObjectURL(file);
    node.classList.add("is-busy");
    hint.textContent = "Looking for the face…";
    try {
      const upload = await api.upload("image", file, file.name, signal);
      const name = file.name.replace(/\.[^.]*$/, "") || "Your photo";
      const seen = { box: upload.face ?? null, faces: upload.faces ?? [], index: 0, report: upload.report ?? null };
      tell.found({ kind: "picture", value: upload.path, name, picture, isFilm: upload.duration != null, ...seen }, upload.notes ?? []);
    } catch (error) {
      URL.revokeObjectURL(picture);
      if (signal.aborted) return;
      tell.refused(error);
    }
    node.classList.remove("is-busy");
    hint.textContent = "Drop or choose";
    input.value = "";
  }

  input.addEventListener("change", () => {
    if (input.files?.[0]) void take(input.files[0]);
  });
  dropTarget(around, (file) => void take(file), (file) => /^(image|video)\//.test(file.type));

  return {
    node,
    again() {
      const button = h("button", { class: "button button-small", type: "button" }, icon("photo"), "Choose another file");
      button.addEventListener("click", () => input.click());
      return button;
    },
  };
}
