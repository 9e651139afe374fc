import { freshId, h } from "./dom.js";
import { icon } from "./icon.js";
import { answers } from "./live_config.js";

/** @typedef {import("./live_types.js").Mode} Mode */

/** @type {[Mode, import("./icon.js").IconName, string, string][]} */
const MODES = [
  ["conversation", "sound", "Conversation", "You speak or type, it answers"],
  ["puppet", "microphone", "My voice", "Its lips follow what you say"],
  ["text", "text", "Typing only", "It says what you type"],
];

/**
 * How somebody talks to the avatar.
 *
 * @param {import("./live_types.js").LiveConfig} config
 * @param {() => void} onChange
 */
export function modeChoice(config, onChange) {
  const name = freshId("mode");
  const first = answers(config) ? "conversation" : "text";
  const cards = MODES.map(([mode, picture, words, hint]) => {
    const input = h("input", { class: "unseen", type: "radio", name, value: mode, checked: mode === first });
    input.addEventListener("change", onChange);
    const told = mode === "conversation" && !answers(config) ? "No dialogue model is set up" : hint;
    return h("label", { class: "shape live-mode" }, input, h("span", { class: "live-mode-icon" }, icon(picture)), h("span", { class: "shape-name" }, words), h("span", { class: "hint" }, told));
  });
  const node = h("fieldset", { class: "group" }, h("legend", {}, "How to talk to it"), h("div", { class: "live-modes" }, ...cards));
  return { node, value: () => /** @type {Mode} */ (node.querySelector("input:checked")?.getAttribute("value") ?? first) };
}
