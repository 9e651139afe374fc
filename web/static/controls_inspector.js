import { CONTROLS } from "./control_sliders.js";
import { timeWords } from "./cue_words.js";
import { h } from "./dom.js";
import { removeSelected, splitHere } from "./editing_actions.js";
import { EMOTIONS } from "./emotions.js";
import { icon } from "./icon.js";
import { withBorder, withControls } from "./performance_edits.js";
import { labelled, secondsField, valueSlider } from "./value_slider.js";
import { sentenceCase } from "./words.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {import("./performance_types.js").Controls} Controls
 * @typedef {import("./performance_types.js").ControlName} ControlName
 * @typedef {import("./performance_types.js").EmotionLabel} EmotionLabel
 */

/**
 * The control parameters and the emotion of a segment or of the whole clip.
 *
 * @param {Desk} desk
 * @param {number | null} index of the segment; null for the whole clip
 */
export function controlsInspector(desk, index) {
  const controls = () => (index === null ? desk.score.controls : desk.score.segments[index]?.controls) ?? desk.score.controls;
  const change = (/** @type {string} */ kind, /** @type {Partial<Controls>} */ values) => desk.history.apply(withControls(desk.score, index, values), `${kind} ${index}`);
  const sliders = CONTROLS.map(({ name, words, least, most }) => ({
    name: /** @type {ControlName} */ (name),
    slider: valueSlider({ words, least, most, step: 0.05, said: (value) => value.toFixed(2) }, (value) => change(name, { [name]: value })),
  }));
  const emotion = h("select", { class: "select" }, ...Object.keys(EMOTIONS).map((label) => h("option", { value: label }, sentenceCase(label))));
  const valence = valueSlider({ words: "Pleasant", least: -1, most: 1, step: 0.05, said: signed }, (value) => change("valence", { emotion: { ...controls().emotion, valence: value } }));
  const arousal = valueSlider({ words: "Excited", least: -1, most: 1, step: 0.05, said: signed }, (value) => change("arousal", { emotion: { ...controls().emotion, arousal: value } }));
  emotion.addEventListener("change", () => {
    const label = /** @type {EmotionLabel} */ (emotion.value);
    const [pleasant, excited] = EMOTIONS[label];
    change("", { emotion: { label, valence: pleasant, arousal: excited } });
  });
  const border = index === null ? null : borders(desk, index);
  const title = h("h3", { class: "inspector-title" });
  const split = h("button", { class: "button button-small", type: "button" }, icon("split"), "Split at the playhead");
  split.addEventListener("click", () => splitHere(desk));
  const remove = h("button", { class: "button button-small button-quiet button-danger", type: "button" }, icon("trash"), "Delete");
  remove.addEventListener("click", () => removeSelected(desk));

  return {
    node: h(
      "div",
      { class: "inspector-body" },
      h("div", { class: "inspector-head" }, title, split, index !== null && remove),
      h("div", { class: "inspector-fields" }, labelled("Emotion", emotion), border?.from, border?.to),
      h("div", { class: "inspector-sliders" }, valence.node, arousal.node, ...sliders.map(({ slider }) => slider.node)),
    ),
    first: emotion,
    show() {
      const now = controls();
      const segment = index === null ? null : desk.score.segments[index];
      title.textContent = segment ? `Segment ${(index ?? 0) + 1}` : "Whole clip";
      emotion.value = now.emotion.label;
      valence.show(now.emotion.valence);
      arousal.show(now.emotion.arousal);
      for (const { name, slider } of sliders) slider.show(now[name], index === null && varies(desk, name) ? "varies" : undefined);
      border?.show();
    },
  };
}

/** Whether a segment has another value than the whole clip. @param {Desk} desk @param {ControlName} name */
function varies(desk, name) {
  return desk.score.segments.some((segment) => segment.controls[name] !== desk.score.controls[name]);
}

/** @param {Desk} desk @param {number} index */
function borders(desk, index) {
  const { duration } = desk.spoken;
  const fields = /** @type {const} */ (["start", "end"]).map((side) => ({
    side,
    input: secondsField(duration, (seconds) => desk.history.apply(withBorder(desk.score, index, side, seconds, duration))),
  }));
  return {
    from: fields[0] && labelled("From, in seconds", fields[0].input),
    to: fields[1] && labelled("To, in seconds", fields[1].input),
    show() {
      const segment = desk.score.segments[index];
      for (const { side, input } of fields) {
        if (segment && document.activeElement !== input) input.value = segment[side].toFixed(2);
        input.title = segment ? timeWords(segment[side]) : "";
      }
    },
  };
}

/** @param {number} value */
function signed(value) {
  return `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
}
