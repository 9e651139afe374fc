import { EditHistory } from "./edit_history.js";
import { clamp } from "./performance_edits.js";
import { TimeScale } from "./time_scale.js";

/**
 * @typedef {import("./performance_types.js").Score} Score
 * @typedef {import("./performance_types.js").Spoken} Spoken
 * @typedef {import("./performance_types.js").Selection} Selection
 */

const USUAL_FPS = 25;

/**
 * What the parts of the editor share: the performance and its history, what is seen, what is selected, where the
 * playhead stands. Emits `selection`, `playhead`, `stretch`, and `said` with the words to announce as its detail.
 */
export class EditingDesk extends EventTarget {
  /** @type {Selection} */
  selection = { kind: "clip" };
  playhead = 0;
  fps = USUAL_FPS;
  /** A stretch that was marked by hand, in seconds. @type {[number, number] | null} */
  stretch = null;

  /** @param {Score} score @param {Spoken} spoken */
  constructor(score, spoken) {
    super();
    this.spoken = spoken;
    this.history = new EditHistory(score);
    this.scale = new TimeScale(spoken.duration);
    this.history.addEventListener("change", () => this.#keepSelection());
  }

  get score() {
    return this.history.score;
  }

  get frame() {
    return 1 / this.fps;
  }

  /** The selected cue and its index, if one is. */
  get cue() {
    const { selection } = this;
    const cue = selection.kind === "cue" ? this.score.cues[selection.index] : undefined;
    return selection.kind === "cue" && cue ? { index: selection.index, cue } : null;
  }

  /** The selected segment and its index, if one is. */
  get segment() {
    const { selection } = this;
    const segment = selection.kind === "segment" ? this.score.segments[selection.index] : undefined;
    return selection.kind === "segment" && segment ? { index: selection.index, segment } : null;
  }

  /** @param {Selection} selection */
  select(selection) {
    this.selection = selection;
    this.dispatchEvent(new Event("selection"));
  }

  /** @param {number} time @param {boolean} [isFollowed] whether it is brought into view */
  place(time, isFollowed = false) {
    this.playhead = clamp(time, 0, this.spoken.duration);
    if (isFollowed) this.scale.reveal(this.playhead, this.playhead);
    this.dispatchEvent(new Event("playhead"));
  }

  /** @param {[number, number] | null} stretch */
  mark(stretch) {
    this.stretch = stretch;
    this.dispatchEvent(new Event("stretch"));
  }

  /** @param {string} words */
  say(words) {
    this.dispatchEvent(new CustomEvent("said", { detail: words }));
  }

  /** What is selected may be no more. */
  #keepSelection() {
    const { kind } = this.selection;
    if ((kind === "cue" && !this.cue) || (kind === "segment" && !this.segment)) this.select({ kind: "clip" });
  }
}
