import { freshId, h } from "./dom.js";
import { loadVoices, optionsOf, voiceOptions } from "./voices.js";
import { counted, roughly } from "./words.js";

/** @typedef {import("./types.js").Words} Words */

const WORDS_A_SECOND = 2.6;
const CHARACTERS_A_SECOND = 5;
const SHOWN_CHARACTERS = 90;

/**
 * A text to speak, with its language and voice.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function textPanel(api, onChange) {
  const id = freshId("text");
  const text = h("textarea", { class: "textarea", id, name: "text", rows: 5, maxlength: 100_000, placeholder: "Write what the portrait shall say…" });
  const count = h("p", { class: "hint figures" }, "Nothing written yet");
  const language = h("select", { class: "select", id: freshId("language"), name: "language" }, h("option", { value: "" }, "Standard language"));
  const voice = h("select", { class: "select", id: freshId("voice"), name: "voice" }, h("option", { value: "" }, "Standard voice"));
  const node = h(
    "div",
    { class: "panel" },
    h("label", { class: "unseen", for: id }, "Text to speak"),
    text,
    h(
      "div",
      { class: "text-foot" },
      count,
      h("label", { class: "unseen", for: language.id }, "Language"),
      language,
      h("label", { class: "unseen", for: voice.id }, "Voice"),
      voice,
    ),
  );
  const own = new Set();
  for (const select of [language, voice]) select.addEventListener("change", () => own.add(select));
  const filled = fillChoices(api, language, voice);

  text.addEventListener("input", () => {
    const spoken = text.value.trim();
    count.textContent = spoken ? `${words(spoken)}, ${roughly(estimate(spoken))}` : "Nothing written yet";
    onChange();
  });

  return {
    node,
    focus: () => text.focus(),
    /** @returns {Words | null} */
    value() {
      const spoken = text.value.trim();
      if (!spoken) return null;
      const fields = { text: spoken, ...(language.value && { language: language.value }), ...(voice.value && { voice: voice.value }) };
      const shown = spoken.length > SHOWN_CHARACTERS ? `${spoken.slice(0, SHOWN_CHARACTERS).trimEnd()}…` : spoken;
      return { kind: "text", fields, summary: `“${shown}”` };
    },
    /** Takes over what the character brings, but never what a person chose. @param {import("./types.js").Character} character */
    adopt(character) {
      void filled.then(() => {
        if (!own.has(language)) choose(language, character.language);
        if (!own.has(voice)) choose(voice, character.voice);
      });
    },
  };
}

/** @param {HTMLSelectElement} select @param {string | null} value */
function choose(select, value) {
  select.value = value ?? "";
  if (select.selectedIndex < 0) select.value = "";
}

/**
 * @param {import("./api.js").Api} api
 * @param {HTMLSelectElement} language
 * @param {HTMLSelectElement} voice
 */
async function fillChoices(api, language, voice) {
  const known = await loadVoices(api).catch(() => ({ languages: [], voices: [], speakers: [] }));
  language.append(...optionsOf(known.languages.map((each) => [each.code, each.name])));
  voice.append(...voiceOptions(known.voices));
}

/** @param {string} spoken */
function words(spoken) {
  const count = spoken.split(/\s+/).length;
  return counted(count, "word", "words");
}

/** Seconds that a text takes to say; languages without spaces go by their characters. @param {string} spoken */
function estimate(spoken) {
  const count = spoken.split(/\s+/).length;
  return spoken.length / count > 20 ? spoken.length / CHARACTERS_A_SECOND : count / WORDS_A_SECOND;
}
