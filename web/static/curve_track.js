import { fill, h } from "./dom.js";
import { paletteOf, surfaceOf } from "./palette.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {import("./performance_types.js").Curves} Curves
 * @typedef {import("./performance_types.js").CurveName} CurveName
 * @typedef {{name: CurveName, words: string, least: number, isShown: boolean}} Drawn `least` is the reach that fills the track at least
 */

/** @type {Drawn[]} */
const DRAWN = [
  { name: "pitch", words: "Nod", least: 6, isShown: true },
  { name: "yaw", words: "Turn", least: 8, isShown: true },
  { name: "roll", words: "Tilt", least: 6, isShown: false },
  { name: "gaze_yaw", words: "Gaze across", least: 12, isShown: false },
  { name: "gaze_pitch", words: "Gaze up", least: 12, isShown: false },
  { name: "blink", words: "Lids", least: 1, isShown: true },
  { name: "brow", words: "Brows", least: 0.6, isShown: true },
  { name: "smile", words: "Smile", least: 0.6, isShown: true },
  { name: "jaw", words: "Jaw", least: 0.6, isShown: false },
  { name: "lean", words: "Lean", least: 0.2, isShown: false },
];

/**
 * Curves of the motion that comes of the performance, about a middle line; each is scaled to its own reach.
 *
 * @param {Desk} desk
 */
export function curveTrack(desk) {
  const node = h("canvas", { class: "track track-curves", role: "img", "aria-label": "Curves of the motion" });
  const shown = new Set(DRAWN.filter((each) => each.isShown).map((each) => each.name));
  const state = h("span", { class: "curves-state hint" });
  /** @type {Curves | null} */
  let curves = null;
  let rate = 1;
  /** @type {Map<CurveName, number>} */
  let reach = new Map();
  let colours = /** @type {Record<string, string>} */ ({});
  const toggles = h("div", { class: "curve-toggles", role: "group", "aria-label": "Curves to show" }, ...DRAWN.map(toggle));

  /** @param {Drawn} drawn @param {number} series */
  function toggle({ name, words }, series) {
    const button = h("button", { class: "chip curve-chip", type: "button", "aria-pressed": String(shown.has(name)), "data-curve": name }, h("span", { class: `swatch series-${series}` }), words);
    button.addEventListener("click", () => {
      if (!shown.delete(name)) shown.add(name);
      button.setAttribute("aria-pressed", String(shown.has(name)));
      draw();
    });
    return button;
  }

  function draw() {
    const surface = surfaceOf(node);
    if (!surface) return;
    const { context, width, height } = surface;
    if (!colours["line"]) colours = { ...paletteOf(node.parentElement ?? document.body, ["line"]), ...seriesColours() };
    context.fillStyle = colours["line"] ?? "";
    context.fillRect(0, Math.round(height / 2), width, 1);
    if (!curves) return;
    for (const [series, { name }] of DRAWN.entries()) {
      if (!shown.has(name)) continue;
      context.strokeStyle = colours[`series-${series}`] ?? "";
      line(context, curves.curves[name] ?? [], width, height, reach.get(name) ?? 1);
    }
  }

  /**
   * Point by point where they lie apart; else the lowest and the highest of each pixel.
   *
   * @param {CanvasRenderingContext2D} context @param {number[]} values @param {number} width @param {number} height @param {number} most
   */
  function line(context, values, width, height, most) {
    const y = (/** @type {number} */ value) => height / 2 - (value / most) * (height / 2 - 4);
    const { scale } = desk;
    const first = Math.max(0, Math.floor(scale.start * rate) - 1);
    const last = Math.min(values.length - 1, Math.ceil(scale.end * rate) + 1);
    context.lineWidth = 1.6;
    context.lineJoin = "round";
    context.beginPath();
    if (scale.perSecond >= rate) {
      for (let point = first; point <= last; point += 1) context.lineTo(scale.x(point / rate), y(values[point] ?? 0));
    } else {
      for (let x = 0; x < width; x += 1) {
        const from = Math.floor((scale.start + x / scale.perSecond) * rate);
        const to = Math.min(last, Math.max(from, Math.floor((scale.start + (x + 1) / scale.perSecond) * rate) - 1));
        if (from > last) break;
        let [low, high] = [Infinity, -Infinity];
        for (let point = from; point <= to; point += 1) [low, high] = [Math.min(low, values[point] ?? 0), Math.max(high, values[point] ?? 0)];
        context.lineTo(x, y(high));
        context.lineTo(x, y(low));
      }
    }
    context.stroke();
  }

  function seriesColours() {
    return Object.fromEntries([...toggles.querySelectorAll(".swatch")].map((swatch, index) => [`series-${index}`, getComputedStyle(swatch).backgroundColor]));
  }

  return {
    node,
    toggles,
    state,
    draw,
    recolour() {
      colours = {};
    },
    /** @param {Curves} found */
    show(found) {
      curves = found;
      rate = found.fps;
      desk.fps = found.fps * found.step;
      reach = new Map(DRAWN.map(({ name, least }) => [name, (found.curves[name] ?? []).reduce((most, value) => Math.max(most, Math.abs(value)), least)]));
      fill(state);
      node.dataset["frames"] = String(found.frames);
      draw();
    },
    /** Says that what is drawn is of an earlier performance, and why. @param {string} words */
    wait(words) {
      fill(state, words);
    },
  };
}
