import { actionWords } from "./cue_words.js";
import { h } from "./dom.js";
import { toggle } from "./toggle.js";
import { valueSlider } from "./value_slider.js";

/** The actions with their keys, in the order of the keyboard. @type {[action: string, key: string][]} */
const CUES = [
  ["nod", "1"],
  ["shake", "2"],
  ["smile", "3"],
  ["brow_raise", "4"],
  ["frown", "5"],
  ["wink", "6"],
  ["blink", "7"],
  ["look", "8"],
  ["tilt", "9"],
  ["turn", "0"],
  ["lean", "q"],
  ["eyes_wide", "w"],
  ["squint", "e"],
  ["still", "r"],
];
const USUAL_INTENSITY = 0.7;
const LIT_MS = 260;

/**
 * A button for each action of the face, with its key.
 *
 * @param {import("./live_session.js").LiveSession} session
 */
export function cueButtons(session) {
  let intensity = USUAL_INTENSITY;
  const strength = valueSlider({ words: "Strength", least: 0.1, most: 1, step: 0.05, said: (value) => value.toFixed(2) }, (value) => {
    intensity = value;
    strength.show(value);
  });
  strength.show(intensity);
  const keys = toggle("hotkeys", "Keys", "One key plays a cue while you do not type", (isOn) => localStorage.setItem("live-keys", String(isOn)), localStorage.getItem("live-keys") !== "false");
  /** @type {Map<string, () => void>} */
  const actions = new Map();
  const buttons = CUES.map(([action, key]) => {
    const button = h("button", { class: "cue-button", type: "button" }, actionWords(action).name, h("kbd", { "aria-hidden": "true" }, key.toUpperCase()));
    const play = () => {
      session.send({ type: "cue", action, intensity });
      button.classList.add("is-lit");
      setTimeout(() => button.classList.remove("is-lit"), LIT_MS);
    };
    button.addEventListener("click", play);
    actions.set(key, play);
    return button;
  });

  return {
    node: h("section", { class: "live-cues", "aria-labelledby": "live-cues-title" }, h("h2", { id: "live-cues-title" }, "Cues"), h("div", { class: "cue-buttons" }, ...buttons), strength.node, keys.node),
    /** Plays the cue of a key. @param {string} key @returns {boolean} whether there is one */
    press(key) {
      const play = keys.value() ? actions.get(key) : undefined;
      play?.();
      return play !== undefined;
    },
  };
}
