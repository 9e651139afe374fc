import { h } from "./dom.js";
import { faceImage } from "./face_image.js";
import { icon } from "./icon.js";

/** @typedef {import("./types.js").Face} Face */

/**
 * One face of the choice: a radio button that looks like a portrait.
 *
 * @param {Face} face
 * @param {{choose: (face: Face) => void, remove: (face: Face) => void}} act
 */
export function faceCard(face, act) {
  const input = h("input", { class: "unseen", type: "radio", name: "face", value: face.value });
  input.addEventListener("click", () => act.choose(face));
  const frame = h("span", { class: "face-frame" }, faceImage(face), h("span", { class: "face-mark" }, icon("check")));
  const card = h("label", { class: "face-card" }, input, frame, h("span", { class: "face-name" }, face.name));
  if (!face.character || face.character.built_in) return card;
  const remove = h("button", { class: "icon-button face-remove", type: "button", "aria-label": `Remove ${face.name}` }, icon("close"));
  remove.addEventListener("click", () => act.remove(face));
  return h("div", { class: "face-own" }, card, remove);
}
