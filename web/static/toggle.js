import { freshId, h } from "./dom.js";

/**
 * A switch with what it does.
 *
 * @param {string} name
 * @param {string} words
 * @param {string} hint
 * @param {(isOn: boolean) => void} [onChange]
 * @param {boolean} [isOn]
 */
export function toggle(name, words, hint, onChange, isOn = false) {
  const [id, about] = [freshId(name), freshId("hint")];
  const input = h("input", { class: "switch", id, name, type: "checkbox", role: "switch", checked: isOn, "aria-describedby": about });
  input.addEventListener("change", () => onChange?.(input.checked));
  return {
    node: h("div", { class: "toggle" }, input, h("label", { for: id }, words), h("p", { class: "hint", id: about }, hint)),
    value: () => input.checked,
  };
}
