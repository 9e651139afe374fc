import { freshId, h } from "./dom.js";

/** @typedef {{name: string, words: string, least: number, most: number, usual: number}} Control */

/** @type {Control[]} */
export const CONTROLS = [
  { name: "smile", words: "Smile", least: -1, most: 1, usual: 0 },
  { name: "expression_intensity", words: "Expression", least: 0, most: 1, usual: 0.5 },
  { name: "energy", words: "Energy", least: 0, most: 1, usual: 0.5 },
  { name: "head_motion", words: "Head movement", least: 0, most: 1, usual: 0.5 },
  { name: "gaze_contact", words: "Eye contact", least: 0, most: 1, usual: 0.8 },
  { name: "eyebrow_raise", words: "Eyebrows", least: -1, most: 1, usual: 0 },
  { name: "mouth_openness", words: "Mouth opening", least: 0, most: 1, usual: 0.5 },
  { name: "head_tilt", words: "Chin", least: -1, most: 1, usual: 0 },
  { name: "blink_rate", words: "Blinking", least: 0, most: 2, usual: 0.4 },
];

/**
 * Sliders for the control parameters. One that nobody moved is left to the director.
 *
 * @param {() => void} onChange
 */
export function controlSliders(onChange) {
  const rows = CONTROLS.map((control) => slider(control, changed));
  const reset = h("button", { class: "link-button small", type: "button", hidden: true }, "Leave all to the director");
  reset.addEventListener("click", () => {
    for (const row of rows) row.reset();
    changed();
  });

  function changed() {
    reset.hidden = rows.every((row) => row.value() === null);
    onChange();
  }

  return {
    node: h("fieldset", { class: "group" }, h("legend", {}, "Expression"), h("div", { class: "sliders" }, ...rows.map((row) => row.node)), reset),
    /** @returns {Record<string, number>} */
    value() {
      /** @type {Record<string, number>} */
      const moved = {};
      for (const row of rows) {
        const value = row.value();
        if (value !== null) moved[row.name] = value;
      }
      return moved;
    },
  };
}

/** @param {Control} control @param {() => void} onChange */
function slider({ name, words, least, most, usual }, onChange) {
  const id = freshId(name);
  const input = h("input", { id, type: "range", min: least, max: most, step: 0.05, value: usual });
  const output = h("output", { for: id }, "auto");
  const node = h("div", { class: "slider is-auto" }, h("label", { for: id }, words), output, input);
  let isMoved = false;
  const show = () => {
    node.classList.toggle("is-auto", !isMoved);
    input.style.setProperty("--share", String((Number(input.value) - least) / (most - least)));
    output.textContent = isMoved ? Number(input.value).toFixed(2) : "auto";
    input.setAttribute("aria-valuetext", isMoved ? input.value : "left to the director");
  };
  input.addEventListener("input", () => {
    isMoved = true;
    show();
    onChange();
  });
  show();
  return {
    node,
    name,
    value: () => (isMoved ? Number(input.value) : null),
    reset() {
      isMoved = false;
      input.value = String(usual);
      show();
    },
  };
}
