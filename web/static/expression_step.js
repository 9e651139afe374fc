import { fill, h } from "./dom.js";
import { faceImage } from "./face_image.js";
import { fileZone } from "./file_zone.js";
import { clock } from "./words.js";

/**
 * @typedef {import("./types.js").Acting} Acting
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Words} Words
 */

/** @type {import("./file_zone.js").About} */
const VIDEO = {
  kind: "video",
  name: "expression",
  accept: "video/*",
  icon: "film",
  title: "Drop a video of somebody here, or choose one",
  hint: "Plays this person's face on the portrait: head, eyes, brows and mouth",
  away: { icon: "trash", words: "Remove" },
};

/**
 * Takes a video whose expression the face plays. Nobody needs to give one.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {() => void} onChange
 */
export function expressionStep(node, { api }, onChange) {
  const said = h("p", { class: "acting-said" });
  const zone = fileZone(api, VIDEO, actingOf, (file, upload, actions, signal) => card(file, upload.duration ?? 0, [said, ...actions], signal), onChange);
  fill(node, h("div", { class: "step-head" }, h("h2", { id: "expression-title" }, "Expression from a video"), h("span", { class: "hint" }, "Optional")), zone.node);
  node.setAttribute("aria-labelledby", "expression-title");

  return {
    value: zone.value,
    isBusy: zone.isBusy,
    focus: zone.focus,
    /** Tells what will be played, and where the sound comes from. @param {Face | null} face @param {Words | null} words */
    show(face, words) {
      const lines = [face?.isFilm && "The portrait is a video too: its own head and eyes stay.", soundOf(zone.value(), words)];
      said.textContent = lines.filter(Boolean).join(" ");
    },
  };
}

/** @param {Acting | null} acting @param {Words | null} words */
function soundOf(acting, words) {
  if (words) return "The mouth speaks your words; all else follows the video.";
  return acting?.hasSound ? "Without words of yours it speaks with the video's own sound." : "This video is silent: give it words to speak.";
}

/** @param {File} file @param {import("./types.js").Upload} upload @returns {Acting} */
function actingOf(file, upload) {
  const length = upload.duration ? ` · ${clock(upload.duration)}` : "";
  return { fields: { expression_path: upload.path }, name: file.name, summary: `${file.name}${length}`, hasSound: upload.has_sound ?? false };
}

/** @param {File} file @param {number} seconds @param {HTMLElement[]} more @param {AbortSignal} signal */
function card(file, seconds, more, signal) {
  const address = URL.createObjectURL(file);
  const shown = faceImage({ kind: "picture", value: "", name: file.name, picture: address, box: null, isFilm: true });
  signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
  return h("div", { class: "acting" }, h("span", { class: "acting-video" }, shown), h("div", { class: "acting-words" }, h("p", { class: "acting-name" }, file.name, seconds > 0 && h("span", { class: "hint figures" }, ` ${clock(seconds)}`)), ...more));
}
