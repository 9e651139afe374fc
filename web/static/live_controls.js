import { CONTROLS } from "./control_sliders.js";
import { fill, h } from "./dom.js";
import { EMOTIONS } from "./emotions.js";
import { icon } from "./icon.js";
import { cueButtons } from "./live_cues.js";
import { valueSlider } from "./value_slider.js";
import { sentenceCase } from "./words.js";

/** @typedef {import("./performance_types.js").EmotionLabel} EmotionLabel */

/** Changes are sent this often at most. */
const SEND_MS = 60;

/**
 * What the face does, changed while it lives: emotion, sliders, cues.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AbortSignal} signal
 */
export function liveControls(session, signal) {
  const send = gathered((controls) => session.control(controls), signal);
  const own = session.wish.face.character?.controls ?? {};
  const sliders = CONTROLS.map(({ name, words, least, most, usual }) => {
    const begin = typeof own[name] === "number" ? own[name] : usual;
    const slider = valueSlider({ words, least, most, step: 0.05, said: (value) => value.toFixed(2) }, (value) => {
      slider.show(value);
      send({ [name]: value });
    });
    slider.show(begin);
    return { name, begin, slider };
  });
  const labels = /** @type {EmotionLabel[]} */ (Object.keys(EMOTIONS));
  const moods = labels.map((label) => {
    const button = h("button", { class: "chip", type: "button", "aria-pressed": String(label === "neutral") }, sentenceCase(label));
    button.addEventListener("click", () => {
      feel(label);
      const [valence, arousal] = EMOTIONS[label];
      send({ emotion: { label, valence, arousal } });
    });
    return { label, button };
  });
  const reset = h("button", { class: "button button-small button-quiet", type: "button" }, icon("undo"), "Reset");
  const cues = cueButtons(session);

  /** @param {EmotionLabel} wanted */
  function feel(wanted) {
    for (const { label, button } of moods) button.setAttribute("aria-pressed", String(label === wanted));
  }

  reset.addEventListener("click", () => {
    for (const { slider, begin } of sliders) slider.show(begin);
    feel("neutral");
    const [valence, arousal] = EMOTIONS.neutral;
    send({ ...Object.fromEntries(sliders.map(({ name, begin }) => [name, begin])), emotion: { label: "neutral", valence, arousal } });
  });

  const node = h("div", { class: "live-controls" });
  fill(
    node,
    h("section", { "aria-labelledby": "live-mood-title" }, h("div", { class: "live-controls-head" }, h("h2", { id: "live-mood-title" }, "Emotion"), reset), h("div", { class: "chips" }, ...moods.map(({ button }) => button))),
    cues.node,
    h("section", { "aria-labelledby": "live-sliders-title" }, h("h2", { id: "live-sliders-title" }, "Performance"), h("div", { class: "live-sliders" }, ...sliders.map(({ slider }) => slider.node))),
  );
  return { node, press: cues.press };
}

/**
 * Sends the newest values of what was changed, a few times a second at most.
 *
 * @param {(controls: Record<string, unknown>) => void} send
 * @param {AbortSignal} signal
 */
function gathered(send, signal) {
  /** @type {Record<string, unknown>} */
  let waiting = {};
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  return (/** @type {Record<string, unknown>} */ controls) => {
    Object.assign(waiting, controls);
    timer ??= setTimeout(() => {
      timer = undefined;
      send(waiting);
      waiting = {};
    }, SEND_MS);
  };
}
