import { Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { problemNote } from "./problem_note.js";
import { traceDetails } from "./trace_details.js";
import { readTrace } from "./trace_reading.js";
import { traceScale } from "./trace_scale.js";
import { isGeneration, traceTree } from "./trace_tree.js";
import { traceWaterfall } from "./trace_waterfall.js";
import { counted, hasEnded, precise } from "./words.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./trace_reading.js").Span} Span
 * @typedef {import("./trace_tree.js").Row} Row
 */

const AGAIN_MS = 1500;

/**
 * What a job did and when: stages, chunks, and what the director was asked and answered. Fetched once it is opened.
 *
 * @param {HTMLElement} node
 * @param {import("./api.js").Api} api
 * @param {string} id the job's
 * @param {AbortSignal} signal
 */
export function traceView(node, api, id, signal) {
  const address = `/api/v1/jobs/${encodeURIComponent(id)}/trace`;
  const sum = h("p", { class: "trace-sum muted" });
  const chart = h("div", { class: "trace-chart" });
  const details = h("aside", { class: "trace-details", "aria-label": "The chosen line" });
  const inside = h("div", { class: "trace-inside" });
  const whole = h("details", { class: "card trace" }, h("summary", {}, h("h2", {}, "Trace"), h("span", { class: "muted small trace-hint" }, "Where the time went, and what the director was asked"), icon("chevron")), inside);
  const save = h("a", { class: "button button-small button-quiet", href: address, download: `${id}-trace.json` }, icon("download"), "OTLP JSON");
  fill(node, whole);
  let isEnded = false;
  let timer = 0;
  let scale = traceScale([], 1);
  let seen = "";
  /** @type {AbortController | null} */
  let drawn = null;
  const waterfall = traceWaterfall(chart, choose, signal);

  /** @param {Row} row */
  function choose(row) {
    drawn?.abort();
    drawn = new AbortController();
    traceDetails(details, row, scale.work(row.start), AbortSignal.any([signal, drawn.signal]));
  }

  async function load() {
    clearTimeout(timer);
    try {
      show(readTrace(await api.get(address, signal)));
    } catch (error) {
      if (signal.aborted) return;
      const isEarly = error instanceof Problem && error.status === 409 && !isEnded;
      if (isEarly) fill(inside, h("p", { class: "muted" }, "The job has not begun."));
      else return fill(inside, problemNote(error, again()));
    }
    if (!isEnded && whole.open) timer = setTimeout(() => void load(), AGAIN_MS);
  }

  function again() {
    const button = h("button", { class: "button button-small", type: "button" }, icon("redo"), "Try again");
    button.addEventListener("click", () => void load(), { signal });
    return button;
  }

  /** @param {Span[]} spans */
  function show(spans) {
    const turns = traceTree(spans);
    if (!turns.length) return fill(inside, h("p", { class: "muted" }, "Nothing is known of this job yet."));
    scale = traceScale(turns, 1);
    fill(sum, ...summary(spans, turns));
    if (!inside.contains(chart)) fill(inside, h("div", { class: "trace-head" }, sum, save), h("div", { class: "trace-body" }, chart, details));
    const first = firstChosen(spans) ?? turns[0]?.id ?? "";
    waterfall.show(turns, first);
    const now = spans.map(({ id: span, open }) => `${span}${open}`).join();
    if (now !== seen) {
      const row = found(turns, chart.querySelector("[aria-selected=true]")?.getAttribute("data-id") ?? first);
      if (row && !details.contains(document.activeElement)) choose(row);
    }
    seen = now;
  }

  whole.addEventListener("toggle", () => (whole.open ? void load() : clearTimeout(timer)), { signal });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });

  return {
    /** @param {Job} job */
    show(job) {
      const ends = (hasEnded(job) || job.status === "waiting_review") && !isEnded;
      isEnded = hasEnded(job) || job.status === "waiting_review";
      node.hidden = job.started_at === null;
      if (ends && whole.open) void load();
    },
  };
}

/** @param {Span[]} spans @param {Row[]} turns */
function summary(spans, turns) {
  const worked = turns.reduce((total, { start, end }) => total + end - start, 0);
  const chunks = spans.filter(({ name }) => name === "chunk").length;
  const answers = spans.filter(isGeneration);
  const cost = answers.reduce((total, { attributes }) => total + Number(attributes["avatar.cost_usd"] ?? 0), 0);
  const failures = spans.filter(({ level }) => level === "bad").length;
  const warnings = spans.filter(({ level }) => level === "warning").length;
  const told = [
    `${precise(worked)} of work`,
    turns.length > 1 && `${turns.length} turns`,
    chunks > 0 && counted(chunks, "chunk", "chunks"),
    answers.length > 0 && `${counted(answers.length, "answer", "answers")} of a model${cost > 0 ? ` for $${cost.toPrecision(2)}` : ""}`,
    warnings > 0 && counted(warnings, "warning", "warnings"),
    failures > 0 && counted(failures, "failure", "failures"),
  ];
  return [told.filter(Boolean).join(" · ")];
}

/** What a reader looks for first: a failure, then the director. @param {Span[]} spans */
function firstChosen(spans) {
  const leaf = (/** @type {Span} */ span) => !spans.some(({ parent }) => parent === span.id);
  const first = spans.find((span) => span.level === "bad" && leaf(span)) ?? spans.find((span) => span.level === "bad") ?? spans.find(isGeneration) ?? spans.find(({ name }) => name === "mistral_controller");
  return first?.id;
}

/** @param {Row[]} rows @param {string} id @returns {Row | undefined} */
function found(rows, id) {
  for (const row of rows) {
    const there = row.id === id ? row : found(row.children, id);
    if (there) return there;
  }
  return undefined;
}
