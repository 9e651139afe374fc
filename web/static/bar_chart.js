import { fill, h, svg } from "./dom.js";
import { ago } from "./words.js";

/**
 * @typedef {{series: number, value: number, words: string}} Part
 * @typedef {{name: string, when: string, parts: Part[]}} Bar
 * @typedef {{bars: Bar[], unit: string, line: number | null}} Chart `line` is a value to mark
 */

const HEIGHT = 220;
const LEFT = 40;
const RIGHT = 8;
const TOP = 12;
const BOTTOM = 26;
const WIDEST = 34;
const TICKS = 4;
const NICE = [1, 2, 2.5, 5, 10];

/**
 * Stacked bars over an axis, drawn for the width that there is.
 *
 * @param {Chart} chart
 * @param {AbortSignal} signal
 */
export function barChart(chart, signal) {
  const node = h("div", { class: "chart" });
  const observer = new ResizeObserver(([entry]) => {
    const width = Math.floor(entry?.contentRect.width ?? 0);
    if (width > 0) fill(node, draw(chart, width));
  });
  observer.observe(node);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  return node;
}

/** @param {Chart} chart @param {number} width */
function draw({ bars, unit, line }, width) {
  const most = Math.max(...bars.map((bar) => bar.parts.reduce((sum, part) => sum + part.value, 0)), line ?? 0, 0.01);
  const step = niceStep(most / TICKS);
  const top = Math.ceil((most * 1.0001) / step) * step;
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const space = (width - LEFT - RIGHT) / bars.length;
  const ticks = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => index * step);
  const ends = [...new Set([bars[0], bars[bars.length - 1]].map((bar) => (bar ? ago(bar.when) : "")))];
  return svg(
    "svg",
    { width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, "aria-hidden": "true" },
    ...ticks.flatMap((value) => [svg("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value) }), svg("text", { class: "tick", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, `${Number(value.toFixed(2))}${unit}`)]),
    ...bars.map((bar, index) => stack(bar, LEFT + space * (index + 0.5), Math.min(WIDEST, space * 0.68), y)),
    line !== null && svg("line", { class: "mark", x1: LEFT, x2: width - RIGHT, y1: y(line), y2: y(line) }),
    ...ends.map((words, index) => svg("text", { class: "tick", x: index === 0 ? LEFT : width - RIGHT, y: HEIGHT - 6, "text-anchor": index === 0 ? "start" : "end" }, words)),
  );
}

/** @param {Bar} bar @param {number} centre @param {number} width @param {(value: number) => number} y */
function stack(bar, centre, width, y) {
  let sum = 0;
  const rects = bar.parts
    .filter((part) => part.value > 0)
    .map((part) => {
      const bottom = y(sum);
      sum += part.value;
      return svg("rect", { class: `series-${part.series}`, x: centre - width / 2, width, y: y(sum), height: Math.max(bottom - y(sum), 0.5) });
    });
  return svg("g", {}, svg("title", {}, `${bar.name}: ${bar.parts.filter((part) => part.value > 0).map((part) => part.words).join(", ")}`), ...rects);
}

/** The next step that people count in. @param {number} least */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return (NICE.find((nice) => nice * power >= least) ?? 10) * power;
}
