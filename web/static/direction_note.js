import { h } from "./dom.js";
import { icon } from "./icon.js";
import { counted, precise, sentenceCase } from "./words.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./types.js").DirectionReport} DirectionReport
 */

const COST = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 5 });

/** Who wrote the performance that waits, and how that went. @param {Job} job */
export function directionNote(job) {
  const who = job.director ? `Directed by ${sentenceCase(job.director)}.` : "The performance is written.";
  const report = job.direction_report;
  return h(
    "div",
    { class: `note editor-note${report?.fallback ? " note-warning" : ""}` },
    icon(report?.fallback ? "alert" : "clock"),
    h("p", { class: "note-title" }, `${who} Nothing is drawn until you approve it.`),
    job.director_why && h("p", { class: "muted small" }, sentenceCase(job.director_why)),
    report && directionList(report),
  );
}

/** What a model was asked, and what had to be put right. @param {DirectionReport} report */
export function directionList(report) {
  const spent = [report.tokens_in !== null && report.tokens_out !== null && `${report.tokens_in} + ${report.tokens_out} tokens`, report.cost_usd !== null && COST.format(report.cost_usd), precise(report.seconds), report.first_token_seconds !== null && `first token after ${precise(report.first_token_seconds)}`].filter(Boolean);
  const lines = [
    `${report.model} at ${report.endpoint}: ${spent.join(", ")}`,
    report.repaired > 0 && `${counted(report.repaired, "stretch was", "stretches were")} asked for again, since the answer was no performance`,
    report.by_rules > 0 && `Rules directed ${report.by_rules} of ${counted(report.segments, "stretch", "stretches")}${report.fallback ? `: ${report.fallback}` : ""}`,
    ...report.told,
  ];
  return h("ul", { class: "direction-list small muted" }, ...lines.filter((line) => typeof line === "string").map((line) => h("li", {}, line)));
}
