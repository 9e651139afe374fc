import { ask } from "./dialog.js";
import { freshId, h } from "./dom.js";
import { problemNote } from "./problem_note.js";
import { labelled } from "./value_slider.js";
import { loadVoices, optionsOf, voiceOptions } from "./voices.js";

/**
 * @typedef {import("./types.js").Character} Character
 * @typedef {import("./types.js").Face} Face
 */

/**
 * Saves a picture as a character with a name, a language and a voice.
 *
 * @param {import("./api.js").Api} api
 * @param {Face} face
 * @returns {Promise<Character | null>}
 */
export async function askForCharacter(api, face) {
  const known = await loadVoices(api).catch(() => ({ languages: [], voices: [], speakers: [] }));
  const name = h("input", { class: "input", id: freshId("name"), required: true, maxlength: 80, value: face.name.slice(0, 80), autocomplete: "off" });
  const language = h("select", { class: "select", id: freshId("language") }, ...optionsOf(known.languages.map((each) => [each.code, each.name]), "Any"));
  const voice = h("select", { class: "select", id: freshId("voice") }, h("option", { value: "" }, "Standard"), ...voiceOptions(known.voices));
  /** @type {Character | null} */
  let saved = null;

  await ask(
    {
      title: "Save as a character",
      words: "It stays in your choice of faces, ready at once.",
      fields: [labelled("Name", name), h("div", { class: "pair" }, labelled("Language", language), labelled("Voice", voice))],
      action: "Save",
      submit: async () => {
        const chosen = { ...(language.value && { language: language.value }), ...(voice.value && { voice: voice.value }) };
        saved = await api.send("/api/v1/characters", { name: name.value.trim(), image_path: face.value, face: face.index ?? 0, ...chosen });
      },
    },
    problemNote,
  );
  return saved;
}
