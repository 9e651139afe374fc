import { timeWords } from "./cue_words.js";
import { fill, h } from "./dom.js";
import { addCue, duplicateCue, removeSelected, splitHere } from "./editing_actions.js";
import { BAND_HELP, KEY_HELP } from "./editing_keys.js";
import { icon } from "./icon.js";

/** @typedef {import("./editing_desk.js").EditingDesk} Desk */

const ZOOM = 1.6;

/**
 * The row of tools over the timeline, with the list of keys that it unfolds.
 *
 * @param {Desk} desk
 * @param {{play: () => void}} commands
 * @param {AbortSignal} signal
 */
export function editorTools(desk, { play }, signal) {
  const playing = h("button", { class: "icon-button tool-play", type: "button" });
  const time = h("span", { class: "tool-time figures" });
  const [copy, remove] = [tool("copy", "Duplicate the cue", () => duplicateCue(desk)), tool("trash", "Delete what is selected", () => removeSelected(desk))];
  const keys = h("button", { class: "button button-small button-quiet", type: "button", "aria-expanded": "false" }, icon("keyboard"), "Keys");
  const help = keyHelp();
  const bar = h(
    "div",
    { class: "tools", role: "group", "aria-label": "Tools of the timeline" },
    playing,
    time,
    h("span", { class: "tools-gap" }),
    worded("plus", "Cue", "New cue at the playhead", () => addCue(desk)),
    worded("split", "Split", "Split the expression at the playhead", () => splitHere(desk)),
    copy,
    remove,
    h("span", { class: "tools-gap" }),
    tool("zoom_out", "Zoom out", () => desk.scale.zoom(1 / ZOOM, desk.playhead)),
    tool("zoom_in", "Zoom in", () => desk.scale.zoom(ZOOM, desk.playhead)),
    tool("whole", "Show the whole sound", () => desk.scale.whole()),
    keys,
  );

  /** @param {boolean} isOn */
  function showPlaying(isOn) {
    fill(playing, icon(isOn ? "pause" : "play"), h("span", { class: "unseen" }, isOn ? "Pause the sound" : "Play the sound"));
  }

  function showTime() {
    time.textContent = `${timeWords(desk.playhead)} / ${timeWords(desk.spoken.duration)}`;
  }

  function showSelection() {
    copy.disabled = !desk.cue;
    remove.disabled = desk.selection.kind === "clip";
  }

  function toggleHelp() {
    help.hidden = !help.hidden;
    keys.setAttribute("aria-expanded", String(!help.hidden));
  }

  playing.addEventListener("click", play);
  keys.addEventListener("click", toggleHelp);
  desk.addEventListener("playhead", showTime, { signal });
  desk.addEventListener("selection", showSelection, { signal });
  showPlaying(false);
  showTime();
  showSelection();
  return { bar, help, playing: showPlaying, toggleHelp };
}

/** @param {import("./icon.js").IconName} name @param {string} words @param {() => void} act */
function tool(name, words, act) {
  const button = h("button", { class: "icon-button", type: "button", title: words, "aria-label": words }, icon(name));
  button.addEventListener("click", act);
  return button;
}

/** @param {import("./icon.js").IconName} name @param {string} words @param {string} title @param {() => void} act */
function worded(name, words, title, act) {
  const button = h("button", { class: "button button-small button-quiet", type: "button", title }, icon(name), words);
  button.addEventListener("click", act);
  return button;
}

function keyHelp() {
  const rows = KEY_HELP.flatMap(([keys, words]) => [h("dt", {}, ...keys.map((key) => h("kbd", {}, key))), h("dd", {}, words)]);
  return h("div", { class: "key-help card", hidden: true }, h("h3", {}, "Keys"), h("dl", {}, ...rows), h("p", { class: "hint" }, BAND_HELP));
}
