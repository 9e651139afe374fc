import { freshId, h } from "./dom.js";
import { icon } from "./icon.js";
import { sentenceCase } from "./words.js";

/**
 * What is said in a sound, where somebody knows it: typed, pasted, or from a text, SRT or VTT file.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function transcriptField(api, onChange) {
  const id = freshId("transcript");
  const text = h("textarea", { class: "textarea", id, name: "transcript", rows: 3, maxlength: 300_000, placeholder: "The words of the sound, or the content of an SRT or VTT file…", "aria-describedby": `${id}-hint` });
  const file = h("input", { class: "unseen", type: "file", accept: ".txt,.srt,.vtt,text/plain,text/vtt", name: "transcript-file" });
  const button = h("label", { class: "button button-small button-quiet" }, file, icon("upload"), "Choose a file");
  const hint = h("p", { class: "hint", id: `${id}-hint` }, "They are matched with the sound, and become captions.");
  const body = h("div", { class: "transcript-body" }, h("label", { for: id }, "What is said"), text, h("div", { class: "text-foot" }, hint, button));
  const node = h("details", { class: "transcript" }, h("summary", {}, icon("chevron"), "I know what is said (optional)"), body);

  async function read() {
    const chosen = file.files?.[0];
    if (!chosen) return;
    text.value = await chosen.text();
    file.value = "";
    onChange();
  }
  file.addEventListener("change", () => void read());
  text.addEventListener("input", onChange);
  void tellRecogniser(api, hint);

  return {
    node,
    /** @returns {Record<string, string>} */
    fields() {
      const words = text.value.trim();
      return words ? { transcript: words } : {};
    },
  };
}

/** @param {import("./api.js").Api} api @param {HTMLElement} hint */
async function tellRecogniser(api, hint) {
  /** @type {import("./types.js").ServiceStatus | null} */
  const status = await api.get("/api/v1/status").catch(() => null);
  if (!status) return;
  const taken = status.transcribers.find((each) => each.is_auto);
  const without = taken ? `Without them ${sentenceCase(taken.name)} recognises what is said.` : "Without them there are no captions: nothing that recognises speech is installed.";
  hint.textContent = `They are matched with the sound, and become captions. ${without}`;
}
