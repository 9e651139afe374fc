import { ACTIONS, actionWords } from "./cue_words.js";
import { fill, h } from "./dom.js";
import { duplicateCue, removeSelected } from "./editing_actions.js";
import { icon } from "./icon.js";
import { withCue } from "./performance_edits.js";
import { firstAfter, peakOf } from "./spoken.js";
import { labelled, secondsField, valueSlider } from "./value_slider.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {import("./performance_types.js").Cue} Cue
 */

/** So many words on either side can be chosen. */
const NEAR_WORDS = 12;
const LONGEST_SECONDS = 4;
const NO_WORD = "";

/**
 * All of the selected cue, to be changed.
 *
 * @param {Desk} desk
 * @param {number} index
 */
export function cueInspector(desk, index) {
  const change = (/** @type {string} */ kind, /** @type {Partial<Cue>} */ values) => desk.history.apply(withCue(desk.score, index, values), kind && `${kind} ${index}`);
  const title = h("h3", { class: "inspector-title" });
  const action = h("select", { class: "select" }, ...[...ACTIONS].map(([value, { name }]) => h("option", { value }, name)));
  const word = h("select", { class: "select" });
  const at = secondsField(desk.spoken.duration, (seconds) => change("", { at: seconds, word: null }));
  const intensity = valueSlider({ words: "Intensity", least: 0, most: 1, step: 0.05, said: (value) => `${Math.round(value * 100)} %` }, (value) => change("intensity", { intensity: value }));
  const duration = valueSlider({ words: "Duration", least: 0.1, most: LONGEST_SECONDS, step: 0.05, said: (value) => `${value.toFixed(2)} s` }, (value) => change("duration", { duration: value }));
  const direction = valueSlider({ words: "Direction", least: -1, most: 1, step: 0.1, said: side }, (value) => change("direction", { direction: value }));
  const copy = h("button", { class: "button button-small", type: "button" }, icon("copy"), "Duplicate");
  const remove = h("button", { class: "button button-small button-quiet button-danger", type: "button" }, icon("trash"), "Delete");
  action.addEventListener("change", () => {
    const sided = actionWords(action.value).sides !== null;
    const now = desk.score.cues[index];
    change("", { action: action.value, direction: sided ? now?.direction || 1 : 0 });
  });
  word.addEventListener("change", () => {
    const chosen = word.value === NO_WORD ? null : Number(word.value);
    change("", chosen === null ? { word: null } : { word: chosen, at: peakOf(desk.spoken, chosen) });
  });
  copy.addEventListener("click", () => duplicateCue(desk));
  remove.addEventListener("click", () => removeSelected(desk));
  let listed = "";

  /** @param {Cue} cue */
  function listWords(cue) {
    const { words } = desk.spoken;
    const middle = cue.word ?? firstAfter(words, cue.at);
    const [from, to] = [Math.max(0, middle - NEAR_WORDS), Math.min(words.length, middle + NEAR_WORDS + 1)];
    const list = `${from} ${to}`;
    if (list !== listed) fill(word, h("option", { value: NO_WORD }, "None: at its own time"), ...words.slice(from, to).map((each, place) => h("option", { value: from + place }, each.text)));
    listed = list;
    word.value = cue.word === null ? NO_WORD : String(cue.word);
    word.disabled = words.length === 0;
  }

  return {
    node: h(
      "div",
      { class: "inspector-body" },
      h("div", { class: "inspector-head" }, title, copy, remove),
      h("div", { class: "inspector-fields" }, labelled("Action", action), labelled("Word", word), labelled("Peak, in seconds", at)),
      h("div", { class: "inspector-sliders" }, intensity.node, duration.node, direction.node),
    ),
    first: action,
    show() {
      const cue = desk.score.cues[index];
      if (!cue) return;
      title.textContent = actionWords(cue.action).name;
      action.value = cue.action;
      listWords(cue);
      if (document.activeElement !== at) at.value = cue.at.toFixed(2);
      intensity.show(cue.intensity);
      duration.show(cue.duration);
      direction.show(cue.direction);
      direction.node.hidden = actionWords(cue.action).sides === null;
    },
  };
}

/** Of the person who is seen. @param {number} value */
function side(value) {
  if (Math.abs(value) < 0.05) return "Either";
  return `${value > 0 ? "Left" : "Right"} ${Math.round(Math.abs(value) * 100)} %`;
}
