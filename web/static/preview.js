import { fill, h } from "./dom.js";
import { faceImage } from "./face_image.js";
import { icon } from "./icon.js";

/**
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./types.js").Acting} Acting
 * @typedef {import("./types.js").Look} Look
 */

/**
 * Shows the video to come: the face in its frame, and what was chosen.
 *
 * @param {HTMLElement} node
 */
export function preview(node) {
  let shown = "";
  const empty = h("div", { class: "preview-empty" }, icon("face"), h("p", {}, "Your video appears here"));
  const frame = h("div", { class: "preview-frame" }, empty);
  const facts = h("dl", { class: "preview-facts" });
  fill(node, h("div", { class: "preview-ground" }, frame), facts);

  return {
    /** @param {Face | null} face @param {Words | null} words @param {Acting | null} acting @param {Look} look */
    show(face, words, acting, look) {
      frame.style.setProperty("--ratio", String(look.width / look.height));
      const wanted = face ? `${face.picture} ${face.index ?? 0}` : "";
      if (wanted !== shown) fill(frame, face ? faceImage(face) : empty);
      shown = wanted;
      const spoken = words?.summary ?? (acting?.hasSound ? "The video's own sound" : undefined);
      fill(facts, ...fact("Face", face?.name, "Not chosen yet"), ...fact("Words", spoken, "Nothing yet"), ...(acting ? fact("Expression", acting.summary, "") : []), ...fact("Style", look.summary, ""));
    },
  };
}

/** @param {string} name @param {string | undefined} value @param {string} none */
function fact(name, value, none) {
  return [h("dt", {}, name), h("dd", { class: value ? "" : "muted" }, value ?? none)];
}
