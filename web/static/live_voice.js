import { fill, freshId, h } from "./dom.js";
import { prose } from "./prose.js";
import { labelled } from "./value_slider.js";
import { loadVoices, optionsOf, voiceOptions } from "./voices.js";
import { engineName, sentenceCase } from "./words.js";

/** @typedef {import("./live_types.js").SpeakerOffer} SpeakerOffer */

/**
 * Which engine speaks, in which language and with which voice.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function liveVoice(api, onChange) {
  const about = freshId("hint");
  const speaker = h("select", { class: "select", name: "speaker", "aria-describedby": about }, h("option", { value: "" }, "Automatic"));
  const hint = h("p", { class: "hint", id: about });
  const language = h("select", { class: "select", name: "language" });
  const voice = h("select", { class: "select", name: "voice" });
  /** @type {import("./types.js").Voices} */
  let known = { languages: [], voices: [], speakers: [] };

  function show() {
    const chosen = known.speakers.find(({ name }) => name === speaker.value);
    const spoken = chosen?.languages.length ? known.languages.filter(({ code }) => chosen.languages.includes(code)) : known.languages;
    keeping(language, [...optionsOf([["", "Of the character"], ["auto", "Found in the text"]]), ...optionsOf(spoken.map(({ code, name }) => [code, name]))]);
    const names = (chosen?.voices ?? []).filter(({ languages }) => !language.value || languages.length === 0 || languages.includes(language.value)).map(({ name }) => name);
    keeping(voice, [h("option", { value: "" }, "Of the character"), ...voiceOptions(chosen ? names : known.voices)]);
    fill(hint, ...prose(chosen ? sentenceCase(chosen.summary) : "The best one that speaks the language."));
    onChange();
  }

  async function load() {
    known = { ...known, ...(await loadVoices(api).catch(() => null)) };
    speaker.append(...known.speakers.map(({ name, available, lacks }) => h("option", { value: name, disabled: !available }, `${engineName(name)}${available ? "" : ` (${lacks})`}`)));
    show();
  }

  for (const select of [speaker, language]) select.addEventListener("change", show);
  voice.addEventListener("change", onChange);
  fill(language, ...optionsOf([["", "Of the character"]]));
  void load();
  const field = labelled("Voice engine", speaker);
  field.append(hint);
  return {
    nodes: [labelled("Language", language), labelled("Voice", voice), field],
    value: () => ({ speaker: speaker.value, language: language.value, voice: voice.value }),
    words: () => [language, voice].filter(({ value }) => value).map((select) => select.selectedOptions[0]?.textContent ?? ""),
  };
}

/** Fills a choice anew; what was chosen stays where it still can be. @param {HTMLSelectElement} select @param {HTMLElement[]} options */
function keeping(select, options) {
  const { value } = select;
  fill(select, ...options);
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}
