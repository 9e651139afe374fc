import { fill, h } from "./dom.js";
import { dropTarget } from "./drop_target.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";
import { problemNote } from "./problem_note.js";
import { soundPlayer } from "./sound_player.js";
import { clock } from "./words.js";

/**
 * @typedef {import("./types.js").Words} Words
 * @typedef {{kind: "sound", fields: Record<string, string>, summary: string}} SoundWords
 */

/**
 * A sound file, uploaded at once; also the sound of a video.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function soundPanel(api, onChange) {
  /** @type {SoundWords | null} */
  let given = null;
  const begin = latest();
  const input = h("input", { class: "unseen", type: "file", accept: "audio/*,video/*", name: "sound" });
  const title = h("span", { class: "drop-title" }, "Drop a sound file here, or choose one");
  const zone = h("label", { class: "drop-zone" }, input, h("span", { class: "drop-icon" }, icon("sound")), title, h("span", { class: "hint" }, "MP3, WAV, M4A, FLAC and more; the sound of a video works too"));
  const taken = h("div", { class: "sound-taken", "aria-live": "polite" });
  const node = h("div", { class: "panel" }, zone, taken);

  /** @param {File} file */
  async function take(file) {
    const signal = begin();
    given = null;
    zone.hidden = false;
    zone.classList.add("is-busy");
    title.textContent = `Uploading ${file.name}…`;
    taken.replaceChildren();
    onChange();
    try {
      const upload = await api.upload("audio", file, file.name, signal);
      const length = upload.duration ? ` · ${clock(upload.duration)}` : "";
      given = { kind: "sound", fields: { audio_path: upload.path }, summary: `${file.name}${length}` };
      zone.hidden = true;
      fill(taken, soundPlayer(file, { title: file.name, seconds: upload.duration ?? 0, actions: [again()] }, signal));
    } catch (error) {
      if (signal.aborted) return;
      fill(taken, problemNote(error));
    }
    zone.classList.remove("is-busy");
    title.textContent = "Drop a sound file here, or choose one";
    input.value = "";
    onChange();
  }

  function again() {
    const button = h("button", { class: "button button-small button-quiet", type: "button" }, icon("redo"), "Use another file");
    button.addEventListener("click", () => {
      begin();
      given = null;
      zone.hidden = false;
      taken.replaceChildren();
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
    focus: () => input.focus(),
    /** @returns {Words | null} */
    value: () => given,
    leave: () => node.querySelector("audio")?.pause(),
  };
}
