import { h, svg } from "./dom.js";
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
  const frame = h("span", { class: "face-frame" }, portrait(face), h("span", { class: "face-mark" }, icon("check")));
  const card = h("label", { class: "face-card" }, input, frame, h("span", { class: "face-name" }, face.name));
  if (!face.character || face.character.built_in) return card;
  const remove = h("button", { class: "icon-button face-remove", type: "button", "aria-label": `Remove ${face.name}` }, icon("close"));
  remove.addEventListener("click", () => act.remove(face));
  return h("div", { class: "face-own" }, card, remove);
}

/** @param {Face} face */
function portrait(face) {
  const image = h("img", { src: face.picture, alt: "", draggable: "false" });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "face-none" }, icon("face"))));
  if (face.box) image.style.objectPosition = centre(face.box);
  return image;
}

/**
 * Where a picture that fills a frame must lie so that the face shows.
 *
 * @param {import("./types.js").Box} box
 */
export function centre(box) {
  const share = (/** @type {number} */ value) => `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%`;
  return `${share(box.x + box.w / 2)} ${share(box.y + box.h / 2)}`;
}

/**
 * A line around the found face, over the whole picture.
 *
 * @param {import("./types.js").Box} box
 */
export function faceOutline(box) {
  const [x, y, width, height] = [box.x, box.y, box.w, box.h].map((value) => value * 100);
  return svg("svg", { class: "face-outline", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { x, y, width, height, rx: 3, "vector-effect": "non-scaling-stroke" }));
}
