import { fill, h } from "./dom.js";
import { dropTarget } from "./drop_target.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";
import { problemNote } from "./problem_note.js";

/**
 * @typedef {import("./types.js").Upload} Upload
 * @typedef {object} About
 * @property {"audio" | "video"} kind what the file is to be
 * @property {string} name of the field
 * @property {string} accept
 * @property {import("./icon.js").IconName} icon
 * @property {string} title
 * @property {string} hint
 * @property {{icon: import("./icon.js").IconName, words: string}} away the button that takes the file away again
 */

/**
 * A zone that takes a file by choice, drop or paste, and uploads it at once.
 *
 * @template Given
 * @param {import("./api.js").Api} api
 * @param {About} about
 * @param {(file: File, upload: Upload) => Given} read
 * @param {(file: File, upload: Upload, actions: HTMLElement[], signal: AbortSignal) => HTMLElement} draw what stands in place of the zone until the signal ends it
 * @param {() => void} onChange
 */
export function fileZone(api, about, read, draw, onChange) {
  /** @type {Given | null} */
  let given = null;
  const begin = latest();
  const input = h("input", { class: "unseen", type: "file", accept: about.accept, name: about.name });
  const title = h("span", { class: "drop-title" }, about.title);
  const zone = h("label", { class: "drop-zone" }, input, h("span", { class: "drop-icon" }, icon(about.icon)), title, h("span", { class: "hint" }, about.hint));
  const taken = h("div", { class: "file-taken", "aria-live": "polite" });
  const node = h("div", { class: "panel" }, zone, taken);

  function empty() {
    const signal = begin();
    given = null;
    zone.hidden = false;
    taken.replaceChildren();
    return signal;
  }

  /** @param {boolean} isBusy @param {string} words */
  function show(isBusy, words) {
    zone.classList.toggle("is-busy", isBusy);
    title.textContent = words;
    onChange();
  }

  /** @param {File} file */
  async function take(file) {
    const signal = empty();
    show(true, `Uploading ${file.name}…`);
    try {
      const upload = await api.upload(about.kind, file, file.name, signal);
      given = read(file, upload);
      zone.hidden = true;
      fill(taken, draw(file, upload, [awayButton()], signal));
    } catch (error) {
      if (signal.aborted) return;
      fill(taken, problemNote(error));
    }
    input.value = "";
    show(false, about.title);
  }

  function awayButton() {
    const button = h("button", { class: "button button-small button-quiet", type: "button" }, icon(about.away.icon), about.away.words);
    button.addEventListener("click", () => {
      empty();
      onChange();
      input.focus();
    });
    return button;
  }

  input.addEventListener("change", () => {
    if (input.files?.[0]) void take(input.files[0]);
  });
  dropTarget(node, (file) => void take(file), () => true);

  return {
    node,
    value: () => given,
    isBusy: () => zone.classList.contains("is-busy"),
    focus: () => input.focus(),
  };
}
