import { freshId, h } from "./dom.js";

/**
 * A slider that shows a value, and tells when it is moved.
 *
 * @param {{words: string, least: number, most: number, step: number, said: (value: number) => string}} about
 * @param {(value: number) => void} onInput
 */
export function valueSlider({ words, least, most, step, said }, onInput) {
  const id = freshId("value");
  const input = h("input", { id, type: "range", min: least, max: most, step });
  const output = h("output", { for: id });
  const node = h("div", { class: "slider" }, h("label", { for: id }, words), output, input);
  input.addEventListener("input", () => onInput(Number(input.value)));
  return {
    node,
    input,
    /** @param {number} value @param {string} [note] said in place of the value */
    show(value, note) {
      input.value = String(value);
      const share = Math.min(Math.max((value - least) / (most - least), 0), 1);
      input.style.setProperty("--share", String(share));
      output.textContent = note ?? said(value);
      input.setAttribute("aria-valuetext", note ?? said(value));
    },
  };
}

/** @param {string} words @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} control */
export function labelled(words, control) {
  control.id ||= freshId("field");
  return h("div", { class: "field" }, h("label", { for: control.id }, words), control);
}

/** A field of seconds. @param {number} most @param {(seconds: number) => void} onChange */
export function secondsField(most, onChange) {
  const input = h("input", { class: "input figures", type: "number", min: 0, max: Math.ceil(most * 100) / 100, step: 0.01, inputmode: "decimal" });
  input.addEventListener("change", () => {
    const seconds = Number(input.value);
    if (input.value !== "" && Number.isFinite(seconds)) onChange(Math.min(Math.max(seconds, 0), most));
  });
  return input;
}
