import { h } from "./dom.js";
import { sentenceCase } from "./words.js";

/** @typedef {import("./voice_types.js").Voices} Voices */

/** @type {Promise<Voices> | undefined} */
let asked;

/**
 * The languages and voices of the service, asked for once.
 *
 * @param {import("./api.js").Api} api
 * @returns {Promise<Voices>}
 */
export function loadVoices(api) {
  asked ??= api.get("/api/v1/voices").catch((error) => {
    asked = undefined;
    throw error;
  });
  return asked;
}

const NUMBERED = /^([fm])(\d+)$/;

/** What an engine does: its summary without the name before it. @param {import("./voice_types.js").SpeakerOffer} speaker */
export function whatItDoes({ summary }) {
  return `${sentenceCase(summary.replace(/^[^:]*: /, "")).replace(/\.$/, "")}.`;
}

/** `f2` is `Female 2`. @param {string} voice */
export function voiceName(voice) {
  const numbered = NUMBERED.exec(voice);
  return numbered ? `${numbered[1] === "f" ? "Female" : "Male"} ${numbered[2]}` : sentenceCase(voice);
}

/**
 * The voices as a choice: `f2` is `Female 2`; espeak-ng's many others stand in a group of their own.
 *
 * @param {string[]} voices
 */
export function voiceOptions(voices) {
  const usual = voices.filter((voice) => NUMBERED.test(voice));
  const others = voices.filter((voice) => !NUMBERED.test(voice));
  const named = usual.map((voice) => h("option", { value: voice }, voiceName(voice)));
  if (others.length === 0) return named;
  return [...named, h("optgroup", { label: "More voices" }, ...others.map((voice) => h("option", { value: voice }, voiceName(voice))))];
}

/**
 * @param {Array<[value: string, words: string]>} choices
 * @param {string} [none] words for no choice, which stands first
 */
export function optionsOf(choices, none) {
  const options = choices.map(([value, words]) => h("option", { value }, words));
  return none ? [h("option", { value: "" }, none), ...options] : options;
}
