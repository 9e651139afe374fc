import { fill, h } from "./dom.js";
import { generationCard } from "./generation_card.js";
import { icon } from "./icon.js";
import { textBlock } from "./json_block.js";
import { isGeneration } from "./trace_tree.js";
import { precise, sentenceCase } from "./words.js";

/**
 * @typedef {import("./trace_reading.js").Plain} Plain
 * @typedef {import("./trace_reading.js").Span} Span
 * @typedef {import("./trace_tree.js").Row} Row
 */

const NOT_FACTS = /^(avatar\.(content\.|kind$|open$|level$|warning$|release$|own_seconds$)|gen_ai\.(input|output)\.messages$|error\.type$|avatar\.error\.causes$)/;
const OF_GENERATIONS = /^(gen_ai\.|avatar\.(model|model_parameters|tokens_in|tokens_out|first_token_seconds|cost_usd|attempt|segment|valid|problems|endpoint|provider|answer_seconds|answered_by)$)/;
const TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "medium" });
const WARNING = "avatar.warning";
const CONTENT = "avatar.content.";
const FACT_NAMES = new Map([["avatar.fps", "Frames a second"], ["avatar.eyes_apart", "Eyes apart, in pixels"], ["session.id", "Session"], ["user.id", "User"]]);

/**
 * All that one line of the waterfall tells.
 *
 * @param {HTMLElement} node
 * @param {Row} row
 * @param {number} began seconds of work before it
 * @param {AbortSignal} signal
 */
export function traceDetails(node, row, began, signal) {
  const { span } = row;
  fill(
    node,
    h("header", { class: "trace-details-head" }, h("h3", {}, row.label, row.note && h("span", { class: "muted" }, ` · ${row.note}`)), h("p", { class: "muted small figures" }, when(row, began))),
    span?.failure && failureOf(span),
    span && !span.failure && typeof span.attributes[WARNING] === "string" && h("div", { class: "note note-warning" }, icon("alert"), h("p", { class: "note-title" }, factName(span.attributes[WARNING]))),
    span && isGeneration(span) && generationCard(span, signal),
    span && facts(span),
    !span && h("p", { class: "muted" }, `${row.children.length} chunks of the video, which took ${precise(row.own)} between them. Unfold the line to see each.`),
    ...(span ? contents(span, signal) : []),
  );
}

/** @param {Row} row @param {number} began seconds of work before it */
function when(row, began) {
  const took = row.open ? "has not ended" : `took ${precise(row.end - row.start)}`;
  const own = row.span && row.own < (row.end - row.start) * 0.98 ? `, ${precise(row.own)} of it itself` : "";
  return `Began at ${precise(began)} (${TIME.format(new Date(row.start * 1000))}), ${took}${own}`;
}

/** @param {Span} span */
function failureOf(span) {
  const causes = span.attributes["avatar.error.causes"];
  return h(
    "div",
    { class: span.level === "bad" ? "note note-bad" : "note note-warning" },
    icon("alert"),
    h("p", { class: "note-title" }, span.failure?.kind ?? ""),
    h("p", {}, span.failure?.message ?? ""),
    Array.isArray(causes) && causes.length > 0 && h("p", { class: "small" }, `Caused by ${causes.join(", then ")}`),
  );
}

/** @param {Span} span */
function facts(span) {
  const isTold = (/** @type {string} */ name) => NOT_FACTS.test(name) || (isGeneration(span) && OF_GENERATIONS.test(name));
  const told = Object.entries(span.attributes).filter(([name, value]) => !isTold(name) && value !== null && !isLong(value));
  if (!told.length) return null;
  return h("dl", { class: "facts trace-facts" }, ...told.flatMap(([name, value]) => [h("dt", {}, factName(name)), h("dd", { class: "figures" }, words(value))]));
}

/** What is private, and what is too long for a line. @param {Span} span @param {AbortSignal} signal */
function contents(span, signal) {
  return Object.entries(span.attributes)
    .filter(([name, value]) => name.startsWith(CONTENT) || (!NOT_FACTS.test(name) && isLong(value) && !(isGeneration(span) && OF_GENERATIONS.test(name))))
    .map(([name, value]) => textBlock(factName(name.replace(CONTENT, "")), typeof value === "string" ? value : JSON.stringify(value), signal, false));
}

/** @param {Plain} value */
function isLong(value) {
  return typeof value === "object" && value !== null && JSON.stringify(value).length > 80;
}

/** @param {string} name */
function factName(name) {
  return FACT_NAMES.get(name) ?? sentenceCase(name.replace(/^avatar\.score\./, "score: ").replace(/^avatar\./, "").replaceAll("_", " "));
}

/** @param {Plain} value @returns {string} */
function words(value) {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
  if (Array.isArray(value)) return value.map(words).join(", ") || "none";
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([name, part]) => `${name} ${words(part)}`).join(", ") || "none";
  return value ?? "";
}
