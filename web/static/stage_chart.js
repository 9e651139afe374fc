import { h, svg } from "./dom.js";
import { precise, STAGE_LABELS } from "./words.js";

const LEAST_SHARE = 0.004;

/**
 * The seconds of each stage as one stacked bar with its legend, which says the same in words.
 *
 * @param {Record<string, number>} seconds
 * @param {number} total
 * @param {number | null} duration of the video
 */
export function stageChart(seconds, total, duration) {
  const stages = [...STAGE_LABELS].map(([stage, label], index) => ({ label, index, value: seconds[stage] ?? 0 })).filter(({ value }) => value > 0);
  const sum = stages.reduce((all, { value }) => all + value, 0) || 1;
  let x = 0;
  const rects = stages
    .filter(({ value }) => value / sum > LEAST_SHARE)
    .map(({ label, index, value }) => {
      const width = (value / sum) * 100;
      const rect = svg("rect", { x, y: 0, width: Math.max(width - 0.5, 0.3), height: 10, class: `series-${index}` }, svg("title", {}, `${label}: ${precise(value)}`));
      x += width;
      return rect;
    });
  const faster = duration && total < duration ? `, ${(duration / total).toFixed(1)} times faster than it plays` : "";
  return h(
    "figure",
    { class: "stage-chart" },
    h("figcaption", {}, `Made in ${precise(total)}${faster}.`),
    svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...rects),
    h("ul", { class: "legend" }, ...stages.map(({ label, index, value }) => h("li", {}, h("span", { class: `swatch series-${index}` }), label, h("span", { class: "figures muted" }, precise(value))))),
  );
}
