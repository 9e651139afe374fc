/** @typedef {import("./performance_types.js").Score} Score */

const LONGEST = 200;
const SAME_MS = 900;

/**
 * A performance that is edited, with the way back and forth. Emits `change` for each, whoever made it.
 */
export class EditHistory extends EventTarget {
  /** @type {Score[]} */
  #past = [];
  /** @type {Score[]} */
  #future = [];
  #kind = "";
  #when = 0;

  /** @param {Score} score as it is kept by the service */
  constructor(score) {
    super();
    this.score = score;
    this.kept = score;
  }

  get isEdited() {
    return this.score !== this.kept && JSON.stringify(this.score) !== JSON.stringify(this.kept);
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  /**
   * Takes a change. Those of the same kind that follow one another at once are undone together.
   *
   * @param {Score} score
   * @param {string} [kind] empty for one that stands alone; one that begins with `drag` lasts as long as it is named
   */
  apply(score, kind = "") {
    if (score === this.score) return;
    const now = performance.now();
    const goesOn = kind !== "" && kind === this.#kind && (kind.startsWith("drag") || now - this.#when < SAME_MS);
    if (!goesOn) this.#past.push(this.score);
    if (this.#past.length > LONGEST) this.#past.shift();
    this.#future = [];
    [this.#kind, this.#when] = [kind, now];
    this.#show(score);
  }

  undo() {
    const score = this.#past.pop();
    if (!score) return;
    this.#future.push(this.score);
    this.#kind = "";
    this.#show(score);
  }

  redo() {
    const score = this.#future.pop();
    if (!score) return;
    this.#past.push(this.score);
    this.#kind = "";
    this.#show(score);
  }

  /** The service keeps this one, as it has read it. @param {Score} score */
  keep(score) {
    this.kept = score;
    this.score = score;
    this.#kind = "";
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Score} score */
  #show(score) {
    this.score = score;
    this.dispatchEvent(new Event("change"));
  }
}
