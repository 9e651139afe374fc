import { freshId, h } from "./dom.js";

/**
 * A switch with what it does.
 *
 * @param {string} name
 * @param {string} words
 * @param {string} hint
 */
export function toggle(name, words, hint) {
  const [id, about] = [freshId(name), freshId("hint")];
  const input = h("input", { class: "switch", id, name, type: "checkbox", role: "switch", "aria-describedby": about });
  return {
    node: h("div", { class: "toggle" }, input, h("label", { for: id }, words), h("p", { class: "hint", id: about }, hint)),
    value: () => input.checked,
  };
}
