import { addCue, duplicateCue, endCue, lengthenCue, moveBorder, nudgeCue, removeSelected, splitHere, stepCue, stepSegment, strengthenCue, wordCue } from "./editing_actions.js";
import { nextWord } from "./spoken.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {{play: () => void, preview: () => void, inspect: () => void, track: () => void, save: () => void, help: () => void}} Commands
 */

const ZOOM = 1.5;
const STRONGER = 0.05;

/** What the help lists: the keys, and what they do. @type {[string[], string][]} */
export const KEY_HELP = [
  [["↑", "↓"], "Select the cue before, or the next"],
  [["←", "→"], "Move the selected cue by a frame; without one, the playhead"],
  [["Shift", "← →"], "Move it to the word before, or the next"],
  [["Ctrl", "← →"], "Make it shorter or longer"],
  [["+", "−"], "Stronger or weaker"],
  [["N"], "New cue at the playhead"],
  [["D"], "Duplicate on the next word"],
  [["Delete"], "Delete what is selected"],
  [["Enter"], "Go to the details; Escape comes back"],
  [["Escape"], "Select nothing"],
  [["S"], "Split the expression at the playhead"],
  [["Space"], "Play or pause the sound"],
  [["P"], "Preview"],
  [["I", "O"], "Zoom in, zoom out"],
  [["F"], "Show the whole sound"],
  [["Ctrl", "Z"], "Undo; Ctrl Shift Z or Ctrl Y redo"],
  [["Ctrl", "S"], "Save"],
];

export const BAND_HELP = "In the row of expressions the arrows up and down select a segment; left and right move its end, with Shift by words, with Ctrl its beginning. A drag with Alt or Shift held does not snap to words.";

/**
 * Does what a key says while the focus is in the editor. Fields keep the keys that they need.
 *
 * @param {HTMLElement} node
 * @param {Desk} desk
 * @param {Commands} commands
 * @param {AbortSignal} signal
 */
export function editingKeys(node, desk, commands, signal) {
  /** @type {Map<string, () => void>} */
  const anywhere = new Map([
    ["Ctrl+z", () => desk.history.undo()],
    ["Ctrl+Shift+z", () => desk.history.redo()],
    ["Ctrl+y", () => desk.history.redo()],
    ["Ctrl+s", commands.save],
  ]);
  /** @type {Map<string, () => void>} */
  const outsideFields = new Map([
    ["n", () => addCue(desk)],
    ["d", () => duplicateCue(desk)],
    ["s", () => splitHere(desk)],
    ["p", commands.preview],
    ["i", () => desk.scale.zoom(ZOOM, desk.playhead)],
    ["o", () => desk.scale.zoom(1 / ZOOM, desk.playhead)],
    ["f", () => desk.scale.whole()],
    ["?", commands.help],
    [" ", commands.play],
    ["Delete", () => removeSelected(desk)],
    ["Backspace", () => removeSelected(desk)],
    ["+", () => strengthenCue(desk, STRONGER)],
    ["=", () => strengthenCue(desk, STRONGER)],
    ["-", () => strengthenCue(desk, -STRONGER)],
    ["Escape", () => (desk.mark(null), desk.select({ kind: "clip" }))],
  ]);
  /** @type {Map<string, () => void>} */
  const onCues = new Map([
    ["ArrowUp", () => stepCue(desk, -1)],
    ["ArrowDown", () => stepCue(desk, 1)],
    ["Home", () => endCue(desk, false)],
    ["End", () => endCue(desk, true)],
    ["ArrowLeft", () => nudgeCue(desk, -1)],
    ["ArrowRight", () => nudgeCue(desk, 1)],
    ["Shift+ArrowLeft", () => wordCue(desk, -1)],
    ["Shift+ArrowRight", () => wordCue(desk, 1)],
    ["Ctrl+ArrowLeft", () => lengthenCue(desk, -1)],
    ["Ctrl+ArrowRight", () => lengthenCue(desk, 1)],
    ["Enter", commands.inspect],
  ]);
  /** @type {Map<string, () => void>} */
  const onBands = new Map([
    ["ArrowUp", () => stepSegment(desk, -1)],
    ["ArrowDown", () => stepSegment(desk, 1)],
    ["ArrowLeft", () => moveBorder(desk, "end", -desk.frame)],
    ["ArrowRight", () => moveBorder(desk, "end", desk.frame)],
    ["Shift+ArrowLeft", () => borderToWord(desk, -1)],
    ["Shift+ArrowRight", () => borderToWord(desk, 1)],
    ["Ctrl+ArrowLeft", () => moveBorder(desk, "start", -desk.frame)],
    ["Ctrl+ArrowRight", () => moveBorder(desk, "start", desk.frame)],
    ["Enter", commands.inspect],
  ]);

  node.addEventListener("keydown", (event) => {
    const { target } = event;
    if (event.defaultPrevented || !(target instanceof Element)) return;
    const key = nameOf(event);
    const isTyping = target.matches("input:not([type=range]), select, textarea");
    const isControl = target.matches("button, summary, a, input, select");
    const wanted = [
      !isTyping && anywhere.get(key),
      isTyping && (key === "Ctrl+s" ? commands.save : undefined),
      !isTyping && !(isControl && [" ", "Enter"].includes(key)) && !target.closest("[role=slider]") && local(target)?.get(key),
      target.closest(".inspector") && key === "Escape" ? commands.track : undefined,
      !isTyping && !(isControl && key === " ") && outsideFields.get(key),
    ].find((found) => typeof found === "function");
    if (typeof wanted !== "function") return;
    event.preventDefault();
    wanted();
  }, { signal });

  /** @param {Element} target */
  function local(target) {
    if (target.closest(".track-bands")) return onBands;
    return target.closest(".track-cues") ? onCues : undefined;
  }
}

/** @param {KeyboardEvent} event */
function nameOf(event) {
  const isLetter = event.key.length === 1;
  const key = isLetter ? event.key.toLowerCase() : event.key;
  const isCommand = event.ctrlKey || event.metaKey;
  return `${isCommand ? "Ctrl+" : ""}${event.shiftKey && (!isLetter || isCommand) ? "Shift+" : ""}${key}`;
}

/** @param {Desk} desk @param {1 | -1} way */
function borderToWord(desk, way) {
  const end = desk.segment?.segment.end;
  const next = end === undefined ? null : nextWord(desk.spoken, end, way);
  if (end !== undefined && next) moveBorder(desk, "end", next.at - end);
}
