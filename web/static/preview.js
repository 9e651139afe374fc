import { fill, h } from "./dom.js";
import { centre } from "./face_card.js";
import { icon } from "./icon.js";

/**
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./types.js").Look} Look
 */

/**
 * Shows the video to come: the face in its frame, and what was chosen.
 *
 * @param {HTMLElement} node
 */
export function preview(node) {
  const image = h("img", { alt: "", hidden: true });
  const empty = h("div", { class: "preview-empty" }, icon("face"), h("p", {}, "Your video appears here"));
  const frame = h("div", { class: "preview-frame" }, image, empty);
  const facts = h("dl", { class: "preview-facts" });
  fill(node, h("div", { class: "preview-ground" }, frame), facts);

  return {
    /** @param {Face | null} face @param {Words | null} words @param {Look} look */
    show(face, words, look) {
      frame.style.setProperty("--ratio", String(look.width / look.height));
      image.hidden = !face;
      empty.hidden = Boolean(face);
      if (face && image.getAttribute("src") !== face.picture) image.src = face.picture;
      if (face) image.style.objectPosition = face.box ? centre(face.box) : "50% 22%";
      fill(facts, ...fact("Face", face?.name, "Not chosen yet"), ...fact("Words", words?.summary, "Nothing yet"), ...fact("Style", look.summary, ""));
    },
  };
}

/** @param {string} name @param {string | undefined} value @param {string} none */
function fact(name, value, none) {
  return [h("dt", {}, name), h("dd", { class: value ? "" : "muted" }, value ?? none)];
}
