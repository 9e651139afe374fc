import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { recordPanel } from "./record_panel.js";
import { soundPanel } from "./sound_panel.js";
import { tabs } from "./tabs.js";
import { textPanel } from "./text_panel.js";
import { transcriptField } from "./transcript_field.js";

/**
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./types.js").Character} Character
 * @typedef {{node: HTMLElement, value: () => Words | null, focus: () => void, leave?: () => void}} WordsPanel
 */

/**
 * Takes what the face shall say: typed, as a sound file, or spoken into the microphone.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {() => void} onChange
 */
export function wordsStep(node, { api }, onChange) {
  const text = textPanel(api, onChange);
  const sound = soundPanel(api, onChange);
  const record = recordPanel(api, onChange);
  const transcript = transcriptField(api, onChange);
  transcript.node.hidden = true;
  /** @type {WordsPanel[]} */
  const panels = [text, sound, record];
  let current = 0;
  const choice = tabs(
    "Where the words come from",
    [
      { label: "Type", icon: icon("text"), panel: text.node },
      { label: "Upload", icon: icon("upload"), panel: sound.node },
      { label: "Record", icon: icon("microphone"), panel: record.node },
    ],
    (index) => {
      panels[current]?.leave?.();
      current = index;
      transcript.node.hidden = index === 0;
      onChange();
    },
  );
  const head = h("div", { class: "step-head" }, h("h2", { id: "words-title" }, "Words"), choice.list);
  fill(node, head, ...panels.map((panel) => panel.node), transcript.node);
  node.setAttribute("aria-labelledby", "words-title");

  return {
    /** @returns {Words | null} */
    value() {
      const words = panels[current]?.value() ?? null;
      return words?.kind === "sound" ? { ...words, fields: { ...words.fields, ...transcript.fields() } } : words;
    },
    focus: () => panels[current]?.focus(),
    isBusy: () => current === 2 && record.isRecording(),
    /** Takes over the language and voice of a character. @param {Character} character */
    adopt: (character) => text.adopt(character),
  };
}
