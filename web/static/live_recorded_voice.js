import { ask } from "./dialog.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { problemNote } from "./problem_note.js";
import { askForVoice } from "./voice_dialog.js";
import { loadVoices } from "./voices.js";
import { clock, date, engineName } from "./words.js";

/**
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Character} Character
 * @typedef {import("./voice_types.js").SpeakerOffer} SpeakerOffer
 */

/**
 * The recorded voice of the chosen character: whose it is, a way to give one or to take it away, and what is missing.
 *
 * @param {import("./toast.js").Context} context
 * @param {{changed: (character: string) => Promise<void>, showMissing: () => void}} then shows the character as it is by now; what would bring an engine
 */
export function recordedVoice({ api, toast }, then) {
  const told = h("div", { class: "recorded-voice-told" });
  const act = h("div", { class: "recorded-voice-act" });
  const node = h("section", { class: "recorded-voice", "aria-label": "Recorded voice" }, icon("microphone"), told, act);
  /** @type {SpeakerOffer[]} */
  let cloning = [];
  /** @type {Face | null} */
  let face = null;

  /** @param {string} words @param {Parameters<typeof icon>[0]} picture @param {() => void} press @param {boolean} [isOff] */
  function button(words, picture, press, isOff = false) {
    const made = h("button", { class: "button button-small", type: "button", disabled: isOff }, icon(picture), words);
    made.addEventListener("click", press);
    return made;
  }

  function show() {
    const character = face?.character;
    const able = cloning.some(({ available }) => available);
    if (!character) {
      fill(told, h("h3", {}, "Recorded voice"), h("p", { class: "hint" }, face ? "Save the picture as a character first; a recorded voice belongs to a character." : "Choose a face first."));
      return act.replaceChildren();
    }
    const sample = character.voice_sample;
    const about = sample ? `${character.name} speaks with the voice of ${sample.consent.given_by}: ${clock(sample.duration)}, agreed on ${date(sample.consent.recorded_at)}.` : `Let ${character.built_in ? `a copy of ${character.name}` : character.name} speak with your own voice, from six seconds of it.`;
    fill(told, h("h3", {}, "Recorded voice"), h("p", { class: "hint" }, about), !able && lack());
    fill(act, button(sample ? "Replace" : "Record a voice", "microphone", () => void give(character), !able), sample && button("Remove", "trash", () => void take(character)));
  }

  function lack() {
    const how = h("button", { class: "link-button", type: "button" }, "How to bring it");
    how.addEventListener("click", then.showMissing);
    const names = cloning.map(({ name }) => engineName(name)).join(" or ");
    return h("p", { class: "hint" }, names ? `It takes ${names}, which is not installed here. ` : "No engine of this service speaks with recorded voices.", names && how);
  }

  /** @param {Character} character */
  async function give(character) {
    const id = await askForVoice(api, character);
    if (!id) return;
    toast("The recorded voice is kept");
    await then.changed(id);
  }

  /** @param {Character} character */
  async function take(character) {
    const submit = () => api.remove(`/api/v1/characters/${character.id}/voice-sample`);
    const isGone = await ask({ title: "Remove the recorded voice?", words: "It is deleted at once; videos that were made with it stay.", action: "Remove", danger: true, submit }, problemNote);
    if (isGone) await then.changed(character.id);
  }

  async function load() {
    const { speakers } = await loadVoices(api).catch(() => ({ speakers: /** @type {SpeakerOffer[]} */ ([]) }));
    cloning = speakers.filter(({ clones }) => clones);
    show();
  }

  show();
  void load();
  return {
    node,
    /** @param {Face | null} chosen */
    adopt(chosen) {
      face = chosen;
      show();
    },
  };
}
