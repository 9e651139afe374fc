import { h, svg } from "./dom.js";
import { icon } from "./icon.js";

/**
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Face} Face
 */

/**
 * The picture of a face, which fills its frame and shows the face; a video moves, unless motion is not wanted.
 *
 * @param {Face} face
 */
export function faceImage(face) {
  const image = wholeImage(face);
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "face-none" }, icon(face.isFilm ? "film" : "face"))));
  image.style.objectPosition = face.box ? centre(face.box) : "";
  return image;
}

/** The same in its own shape. @param {Face} face */
export function wholeImage(face) {
  if (!face.isFilm) return h("img", { src: face.picture, alt: "", draggable: "false" });
  const video = h("video", { src: face.picture, loop: true, playsinline: true, "aria-hidden": "true", tabindex: -1 });
  video.muted = true;
  video.autoplay = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  return video;
}

/**
 * Where a picture that fills a frame must lie so that the face shows.
 *
 * @param {Box} box
 */
function centre(box) {
  const share = (/** @type {number} */ value) => `${Math.round(Math.min(1, Math.max(0, value)) * 100)}%`;
  return `${share(box.x + box.w / 2)} ${share(box.y + box.h / 2)}`;
}

/**
 * A line around the found face, over the whole picture.
 *
 * @param {Box} box
 */
export function faceOutline(box) {
  const [x, y, width, height] = [box.x, box.y, box.w, box.h].map((value) => value * 100);
  return svg("svg", { class: "face-outline", viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { x, y, width, height, rx: 3, "vector-effect": "non-scaling-stroke" }));
}
