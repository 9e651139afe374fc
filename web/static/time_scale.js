import { clamp } from "./performance_edits.js";

/** Wider elements than this are not drawn by every browser. */
const WIDEST = 8_000_000;
const MOST_PER_SECOND = 800;
/** At first, words can be read. */
const FIRST_PER_SECOND = 84;

/** Which stretch of the sound is seen, and how large. Emits `change`. Widths are in CSS pixels. */
export class TimeScale extends EventTarget {
  start = 0;
  width = 0;
  perSecond = FIRST_PER_SECOND;

  /** @param {number} duration seconds */
  constructor(duration) {
    super();
    this.duration = Math.max(duration, 0.1);
  }

  get least() {
    return this.width / this.duration;
  }

  get most() {
    return Math.max(this.least, Math.min(MOST_PER_SECOND, WIDEST / this.duration));
  }

  get seen() {
    return this.width / this.perSecond;
  }

  get end() {
    return this.start + this.seen;
  }

  /** @param {number} time */
  x(time) {
    return (time - this.start) * this.perSecond;
  }

  /** @param {number} x */
  time(x) {
    return clamp(this.start + x / this.perSecond, 0, this.duration);
  }

  /** Takes another width; what was seen whole stays so. @param {number} width */
  resize(width) {
    const wasWhole = this.width > 0 && this.perSecond <= this.least * 1.001;
    this.width = Math.max(width, 1);
    this.#set(wasWhole ? this.least : this.perSecond, this.start);
  }

  /** @param {number} factor @param {number} [around] the time that stays in its place */
  zoom(factor, around = this.start + this.seen / 2) {
    const perSecond = clamp(this.perSecond * factor, this.least, this.most);
    this.#set(perSecond, around - this.x(around) / perSecond);
  }

  whole() {
    this.#set(this.least, 0);
  }

  /** @param {number} start */
  scroll(start) {
    this.#set(this.perSecond, start);
  }

  /** Brings a stretch into view, where it is not. @param {number} from @param {number} to */
  reveal(from, to) {
    const margin = Math.min(this.seen * 0.1, 1);
    if (from < this.start + margin / 4) this.scroll(from - margin);
    else if (to > this.end - margin / 4) this.scroll(to + margin - this.seen);
  }

  /** @param {number} perSecond @param {number} start */
  #set(perSecond, start) {
    const within = clamp(perSecond, this.least, this.most);
    const placed = clamp(start, 0, Math.max(0, this.duration - this.width / within));
    if (within === this.perSecond && placed === this.start) return;
    [this.perSecond, this.start] = [within, placed];
    this.dispatchEvent(new Event("change"));
  }
}
