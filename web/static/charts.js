import { barChart } from "./bar_chart.js";
import { h } from "./dom.js";
import { precise, STAGE_LABELS } from "./words.js";

/** @typedef {import("./types.js").JobTimes} JobTimes */

/**
 * Seconds of work for each second of video, job by job.
 *
 * @param {JobTimes[]} jobs the oldest first
 * @param {AbortSignal} signal
 */
export function factorChart(jobs, signal) {
  const bars = jobs.map((job) => ({ name: job.label, when: job.finished_at, parts: [{ series: 0, value: job.real_time_factor ?? 0, words: `${(job.real_time_factor ?? 0).toFixed(2)}` }] }));
  return figure(
    "Real-time factor",
    "Seconds of work for each second of video. Below the line at 1 a video is made faster than it plays.",
    barChart({ bars, unit: "", line: 1 }, signal),
    null,
    table(["Video", "Factor"], jobs.map((job) => [job.label, (job.real_time_factor ?? 0).toFixed(2)])),
  );
}

/**
 * Where the seconds go, job by job.
 *
 * @param {JobTimes[]} jobs the oldest first
 * @param {AbortSignal} signal
 */
export function stagesChart(jobs, signal) {
  const stages = [...STAGE_LABELS].map(([key, label], series) => ({ key, label, series })).filter(({ key }) => jobs.some((job) => (job.stages[key] ?? 0) > 0));
  const bars = jobs.map((job) => ({
    name: job.label,
    when: job.finished_at,
    parts: stages.map(({ key, label, series }) => ({ series, value: job.stages[key] ?? 0, words: `${label} ${precise(job.stages[key] ?? 0)}` })),
  }));
  const legend = h("ul", { class: "legend" }, ...stages.map(({ label, series }) => h("li", {}, h("span", { class: `swatch series-${series}` }), label)));
  return figure(
    "Seconds per stage",
    "What each stage of the newest videos took. Some stages run side by side.",
    barChart({ bars, unit: " s", line: null }, signal),
    legend,
    table(["Video", ...stages.map(({ label }) => label)], jobs.map((job) => [job.label, ...stages.map(({ key }) => precise(job.stages[key] ?? 0))])),
  );
}

/** @param {string} title @param {string} words @param {Element} chart @param {Element | null} legend @param {Element} values */
function figure(title, words, chart, legend, values) {
  return h("figure", { class: "card chart-card" }, h("figcaption", {}, h("h3", {}, title), h("p", { class: "hint" }, words)), chart, legend, h("details", { class: "chart-table" }, h("summary", {}, "As a table"), values));
}

/** @param {string[]} head @param {string[][]} rows */
function table(head, rows) {
  return h(
    "div",
    { class: "table-scroll", tabindex: 0, role: "group", "aria-label": "Table" },
    h("table", {}, h("thead", {}, h("tr", {}, ...head.map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, ...rows.map(([name, ...values]) => h("tr", {}, h("th", { scope: "row" }, name), ...values.map((value) => h("td", { class: "figures" }, value)))))),
  );
}
