import { fill, freshId, h } from "./dom.js";
import { prose } from "./prose.js";
import { labelled } from "./value_slider.js";
import { loadVoices, optionsOf, voiceName, voiceOptions, whatItDoes } from "./voices.js";
import { engineName, sentenceCase } from "./words.js";

/** @typedef {import("./voice_types.js").SpeakerOffer} SpeakerOffer */

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
  const missing = h("details", { class: "missing", hidden: true });
  /** What the character brings: the voice in words, the language's code. */
  let own = { voice: "", language: "" };
  /** @type {import("./voice_types.js").Voices} */
  let known = { languages: [], voices: [], speakers: [] };

  function show() {
    const chosen = known.speakers.find(({ name }) => name === speaker.value);
    const spoken = chosen?.languages.length ? known.languages.filter(({ code }) => chosen.languages.includes(code)) : known.languages;
    keeping(language, [...optionsOf([["", itsOwn(known.languages.find(({ code }) => code === own.language)?.name.replace(/ \(.*/, ""))], ["auto", "Found in the text"]]), ...optionsOf(spoken.map(({ code, name }) => [code, name]))]);
    const names = (chosen?.voices ?? []).filter(({ languages }) => !language.value || languages.length === 0 || languages.includes(language.value)).map(({ name }) => name);
    keeping(voice, [h("option", { value: "" }, itsOwn(own.voice)), ...voiceOptions(chosen ? names : known.voices)]);
    fill(hint, ...prose(chosen ? whatItDoes(chosen) : "The best one that speaks the language."));
    onChange();
  }

  async function load() {
    known = { ...known, ...(await loadVoices(api).catch(() => null)) };
    speaker.append(...known.speakers.map(({ name, available }) => h("option", { value: name, disabled: !available }, `${engineName(name)}${available ? "" : " (not installed)"}`)));
    const lacking = known.speakers.filter(({ available }) => !available);
    missing.hidden = lacking.length === 0;
    fill(
      missing,
      h("summary", {}, "What is not installed"),
      h("ul", {}, ...lacking.map((each) => h("li", { class: "hint" }, h("strong", {}, engineName(each.name)), ": ", ...prose(`${whatItDoes(each)} ${sentenceCase(each.lacks)}. ${each.cure}`)))),
    );
    show();
  }

  for (const select of [speaker, language]) select.addEventListener("change", show);
  voice.addEventListener("change", onChange);
  fill(language, ...optionsOf([["", "Its own"]]));
  void load();
  const field = labelled("Voice engine", speaker);
  field.append(hint);
  return {
    nodes: [labelled("Language", language), labelled("Voice", voice), field, missing],
    /** Opens what tells of engines that are missing. */
    showMissing() {
      missing.open = true;
      missing.querySelector("summary")?.focus();
    },
    /** @param {import("./types.js").Character | undefined} character */
    adopt(character) {
      const voiceWords = character?.voice_sample ? "recorded" : character?.voice ? voiceName(character.voice) : "";
      own = { voice: voiceWords, language: character?.language ?? "" };
      show();
    },
    value: () => ({ speaker: speaker.value, language: language.value, voice: voice.value }),
    words: () => [language, voice].filter(({ value }) => value).map((select) => select.selectedOptions[0]?.textContent ?? ""),
  };
}

/** @param {string | undefined} what */
function itsOwn(what) {
  return what ? `Its own: ${what}` : "Its own";
}

/** Fills a choice anew; what was chosen stays where it still can be. @param {HTMLSelectElement} select @param {HTMLElement[]} options */
function keeping(select, options) {
  const { value } = select;
  fill(select, ...options);
  select.value = value;
  if (select.selectedIndex < 0) select.value = "";
}
