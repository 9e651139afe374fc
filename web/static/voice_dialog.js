import { ask } from "./dialog.js";
import { freshId, h } from "./dom.js";
import { problemNote } from "./problem_note.js";
import { labelled } from "./value_slider.js";
import { voiceTake } from "./voice_take.js";

/** @typedef {import("./types.js").Character} Character */

const LEAST_SECONDS = 6;
const LEAST_STATEMENT = 20;

/**
 * Gives a character the voice of a recording, with the consent of the person in it. One that comes with the program
 * stays as it is: a copy of it gets the voice.
 *
 * @param {import("./api.js").Api} api
 * @param {Character} character
 * @returns {Promise<string | null>} the id of the character that has the voice
 */
export async function askForVoice(api, character) {
  const take = voiceTake(LEAST_SECONDS);
  const called = character.built_in ? `${character.name}, my voice` : character.name;
  const sentence = `This is my voice. I agree that the character ${called} speaks with it.`;
  const who = h("input", { class: "input", required: true, maxlength: 200, autocomplete: "name" });
  const statement = h("textarea", { class: "textarea voice-statement", rows: 2, minlength: LEAST_STATEMENT, maxlength: 4000, required: true });
  statement.value = sentence;
  const agreed = h("input", { type: "checkbox", id: freshId("agreed"), required: true });
  const life = new AbortController();
  /** @type {string | null} */
  let given = null;

  /** @returns {Promise<string>} */
  async function ownCharacter() {
    if (given) return given;
    if (!character.built_in) return character.id;
    const copy = await api.send("/api/v1/characters", { name: called, from: character.id });
    return copy.id;
  }

  try {
    const isGiven = await ask(
      {
        title: character.built_in ? `A voice for a copy of ${character.name}` : `A voice for ${character.name}`,
        words: `Record one person for ${LEAST_SECONDS} seconds to two minutes in a quiet room. Reading the consent below aloud, twice, is enough.`,
        fields: [
          take.node,
          labelled("Whose voice it is", who),
          labelled("Their consent, in their words", statement),
          h("div", { class: "consent" }, agreed, h("label", { for: agreed.id }, "I am this person, or may speak for them. The recording stays on this service, and is removed whenever I ask.")),
        ],
        action: "Use this voice",
        submit: async () => {
          const sample = take.value();
          if (!sample) {
            take.focus();
            throw new Error(take.isRecording() ? "Stop the recording first." : "Record a voice, or choose a sound file.");
          }
          given = await ownCharacter();
          const form = new FormData();
          form.append("sample", sample.sound, sample.name);
          form.append("consent", JSON.stringify({ given_by: who.value.trim(), statement: statement.value.trim() }));
          await api.put(`/api/v1/characters/${given}/voice-sample`, form, life.signal);
        },
      },
      problemNote,
    );
    life.abort();
    if (isGiven) return given;
    if (given && character.built_in) await api.remove(`/api/v1/characters/${given}`);
    return null;
  } finally {
    await take.leave();
  }
}
