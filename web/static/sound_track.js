import { h } from "./dom.js";
import { drag } from "./drag.js";
import { paletteOf, surfaceOf } from "./palette.js";
import { firstAfter } from "./spoken.js";
import { clock } from "./words.js";

/** @typedef {import("./editing_desk.js").EditingDesk} Desk */

const RULER_PX = 24;
const WORDS_PX = 26;
const LEAST_TICK_PX = 72;
const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600];
const LEAST_WORD_PX = 9;
const LABEL_FROM_PX = 14;
const WORD_PADDING_PX = 4;
/** A word is squeezed to this share before it is cut. */
const NARROWEST = 0.78;
/** A sound that is nowhere louder is drawn as quiet as it is. */
const QUIETEST = 0.05;
const FONT = "12px ui-sans-serif, system-ui, sans-serif";
const COLOURS = ["ink", "muted", "line", "line-strong", "accent", "accent-soft", "sunken"];
const LEAST_STRETCH_SECONDS = 0.2;

/**
 * The ruler, the sound's waveform and its words at their times, drawn for what is in view. A press places the
 * playhead; a drag marks a stretch to preview.
 *
 * @param {Desk} desk
 * @param {AbortSignal} signal
 */
export function soundTrack(desk, signal) {
  const node = h("canvas", { class: "track track-sound", role: "img", "aria-label": "Waveform and words of the sound" });
  const loudest = desk.spoken.waveform.peaks.reduce((most, peak) => Math.max(most, peak), QUIETEST);
  let colours = /** @type {Record<string, string>} */ ({});

  function draw() {
    const surface = surfaceOf(node);
    if (!surface) return;
    const { context, width, height } = surface;
    if (!colours["ink"]) colours = paletteOf(node.parentElement ?? document.body, COLOURS);
    stretch(context, height);
    ruler(context, width, height);
    wave(context, width, RULER_PX, height - RULER_PX - WORDS_PX);
    words(context, height - WORDS_PX);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} height */
  function stretch(context, height) {
    if (!desk.stretch) return;
    const [from, to] = desk.stretch.map((time) => desk.scale.x(time));
    context.fillStyle = colours["accent-soft"] ?? "";
    context.fillRect(from ?? 0, 0, (to ?? 0) - (from ?? 0), height);
  }

  /** @param {CanvasRenderingContext2D} context @param {number} width @param {number} height */
  function ruler(context, width, height) {
    const { scale } = desk;
    const step = STEPS.find((each) => each * scale.perSecond >= LEAST_TICK_PX) ?? 3600;
    context.font = FONT;
    context.textBaseline = "middle";
    for (let count = Math.floor(scale.start / step); count * step <= scale.end; count += 1) {
      const x = Math.round(scale.x(count * step)) + 0.5;
      context.fillStyle = colours["line"] ?? "";
      context.fillRect(x, RULER_PX - 6, 1, height - RULER_PX + 6);
      context.fillStyle = colours["muted"] ?? "";
      const words = step < 1 ? `${clock(Math.floor(count * step + 1e-6))}.${Math.round(((count * step) % 1) * 10) % 10}` : clock(count * step);
      if (x < width - 24) context.fillText(words, x + 5, RULER_PX / 2);
    }
  }

  /** The loudest moment of each pixel. @param {CanvasRenderingContext2D} context @param {number} width @param {number} top @param {number} tall */
  function wave(context, width, top, tall) {
    const { step_seconds: step, peaks } = desk.spoken.waveform;
    const middle = top + tall / 2;
    const played = desk.scale.x(desk.playhead);
    const right = Math.min(width, desk.scale.x(desk.spoken.duration));
    for (let x = 0; x < right; x += 3) {
      const first = Math.floor((desk.scale.start + x / desk.scale.perSecond) / step);
      const last = Math.max(first + 1, Math.floor((desk.scale.start + (x + 3) / desk.scale.perSecond) / step));
      let most = 0;
      for (let place = first; place < last; place += 1) most = Math.max(most, peaks[place] ?? 0);
      const half = Math.max(0.75, ((most / loudest) * (tall - 8)) / 2);
      context.fillStyle = (x < played ? colours["accent"] : colours["line-strong"]) ?? "";
      context.fillRect(x, middle - half, 2, 2 * half);
    }
  }

  /** @param {CanvasRenderingContext2D} context @param {number} top */
  function words(context, top) {
    const { words: all } = desk.spoken;
    const chosen = desk.cue?.cue.word ?? null;
    for (let index = firstAfter(all, desk.scale.start); index < all.length; index += 1) {
      const word = all[index];
      if (!word || word.start > desk.scale.end) break;
      const [left, wide] = [desk.scale.x(word.start), (word.end - word.start) * desk.scale.perSecond];
      if (wide < LEAST_WORD_PX && index !== chosen) continue;
      context.fillStyle = (index === chosen ? colours["accent-soft"] : colours["sunken"]) ?? "";
      context.beginPath();
      context.roundRect(left + 0.5, top + 2, Math.max(wide - 1, 2), WORDS_PX - 5, 5);
      context.fill();
      context.save();
      context.clip();
      context.fillStyle = (index === chosen ? colours["accent"] : colours["ink"]) ?? "";
      if (wide > LABEL_FROM_PX) label(context, word.text, left + WORD_PADDING_PX, top + WORDS_PX / 2, wide - 2 * WORD_PADDING_PX);
      context.restore();
    }
  }

  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const from = timeOf(event);
    const before = desk.stretch;
    desk.mark(null);
    desk.place(from);
    if (event.pointerType === "touch") return;
    event.preventDefault();
    drag(node, event, {
      move(moved) {
        const to = timeOf(moved);
        desk.mark(Math.abs(to - from) < LEAST_STRETCH_SECONDS ? null : [Math.min(from, to), Math.max(from, to)]);
      },
      end: () => desk.stretch && desk.place(desk.stretch[0]),
      cancel: () => desk.mark(before),
    }, signal);
  }, { signal });

  /** @param {PointerEvent} event */
  function timeOf(event) {
    return desk.scale.time(event.clientX - node.getBoundingClientRect().left);
  }

  return {
    node,
    draw,
    recolour() {
      colours = {};
    },
  };
}

/** @param {CanvasRenderingContext2D} context @param {string} text @param {number} x @param {number} y @param {number} room */
function label(context, text, x, y, room) {
  let shown = text;
  while (shown.length > 1 && context.measureText(shown).width * NARROWEST > room) shown = `${shown.replace(/…$/, "").slice(0, -1)}…`;
  if (shown !== "…") context.fillText(shown, x, y, room);
}
