import { sentenceCase, STAGE_LABELS } from "./words.js";

/**
 * @typedef {import("./trace_reading.js").Span} Span
 *
 * @typedef {object} Row one line of the waterfall: a span, or a group of chunks
 * @property {string} id
 * @property {string} label
 * @property {string} note what tells it from others of its name
 * @property {number} series the colour of its bar
 * @property {number} start
 * @property {number} end
 * @property {number} own seconds that it took itself
 * @property {"good" | "warning" | "bad"} level the worst of it, and of what a group holds
 * @property {boolean} open
 * @property {Span | null} span null for a group
 * @property {Row[]} children
 * @property {boolean} unfolded whether its children are shown at first
 */

const CHUNK = "chunk";
const MOST_LOOSE_CHUNKS = 20;
const MOST_GROUPS = 12;
const GROUP_SIZES = [10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const MOST_UNFOLDED = 12;

const NAMES = new Map([
  ...STAGE_LABELS,
  ["transcription", "Recognising words"],
  ["review", "Review"],
  ["plan_chunks", "Chunk plan"],
  ["render", "Frames"],
  ["quality_enhancement", "Enhancement"],
  ["encode", "Encoding"],
  ["quality_gate", "Quality check"],
]);
const SERIES = new Map([...STAGE_LABELS.keys()].map((name, index) => [name, index]));
const SERIES_OF_OTHERS = 6;
const RANK = { good: 0, warning: 1, bad: 2 };

/**
 * The turns of a job, each with its stages below it. A span whose parent is not there counts as a turn of its own.
 *
 * @param {Span[]} spans by their beginnings
 * @returns {Row[]}
 */
export function traceTree(spans) {
  const known = new Set(spans.map(({ id }) => id));
  /** @type {Map<string, Span[]>} */
  const below = new Map();
  for (const span of spans) {
    const parent = known.has(span.parent) && span.parent !== span.id ? span.parent : "";
    below.set(parent, [...(below.get(parent) ?? []), span]);
  }
  const turns = below.get("") ?? [];
  return turns.map((span, index) => rowOf(span, below, SERIES_OF_OTHERS, turns.length > 1 ? `turn ${index + 1}` : ""));
}

/** @param {Span} span @param {Map<string, Span[]>} below @param {number} series of its parent @param {string} note @returns {Row} */
function rowOf(span, below, series, note) {
  const own = span.attributes["avatar.own_seconds"];
  const colour = SERIES.get(span.name) ?? series;
  const children = grouped((below.get(span.id) ?? []).map((child) => rowOf(child, below, colour, "")));
  return {
    id: span.id,
    label: labelOf(span),
    note: note || noteOf(span),
    series: colour,
    start: span.start,
    end: span.end,
    own: typeof own === "number" ? own : span.end - span.start,
    level: span.level,
    open: span.open,
    span,
    children,
    unfolded: span.name !== CHUNK && children.length <= MOST_UNFOLDED,
  };
}

/** @param {Row[]} rows */
function grouped(rows) {
  const chunks = rows.filter(({ span }) => span?.name === CHUNK).sort((a, b) => numberOf(a) - numberOf(b));
  if (chunks.length <= MOST_LOOSE_CHUNKS) return rows;
  const size = GROUP_SIZES.find((many) => chunks.length / many <= MOST_GROUPS) ?? Math.ceil(chunks.length / MOST_GROUPS);
  const groups = Array.from({ length: Math.ceil(chunks.length / size) }, (_, index) => group(chunks.slice(index * size, (index + 1) * size)));
  return [...rows.filter(({ span }) => span?.name !== CHUNK), ...groups];
}

/** @param {Row[]} chunks @returns {Row} */
function group(chunks) {
  const [first, last] = [/** @type {Row} */ (chunks[0]), /** @type {Row} */ (chunks[chunks.length - 1])];
  return {
    id: `group-${first.id}`,
    label: `Chunks ${numberOf(first)} to ${numberOf(last)}`,
    note: "",
    series: first.series,
    start: Math.min(...chunks.map(({ start }) => start)),
    end: Math.max(...chunks.map(({ end }) => end)),
    own: chunks.reduce((sum, { own }) => sum + own, 0),
    level: chunks.map(worst).reduce((bad, level) => (RANK[level] > RANK[bad] ? level : bad), /** @type {Row["level"]} */ ("good")),
    open: chunks.some(({ open }) => open),
    span: null,
    children: chunks,
    unfolded: false,
  };
}

/** Of a row and all below it. @param {Row} row @returns {Row["level"]} */
export function worst(row) {
  return row.children.map(worst).reduce((bad, level) => (RANK[level] > RANK[bad] ? level : bad), row.level);
}

/** @param {Row} row */
function numberOf(row) {
  return Number(row.span?.attributes["avatar.chunk"] ?? 0);
}

/** @param {Span} span */
function labelOf(span) {
  if (span.name === "job") return "Job";
  if (span.name === CHUNK) return `Chunk ${Number(span.attributes["avatar.chunk"] ?? 0)}`;
  if (isGeneration(span)) return String(span.attributes["gen_ai.request.model"] ?? span.attributes["avatar.model"] ?? "Model");
  return NAMES.get(span.name) ?? sentenceCase(span.name.replaceAll("_", " "));
}

/** @param {Span} span */
function noteOf(span) {
  const told = span.attributes;
  if (!isGeneration(span)) return typeof told["avatar.engine"] === "string" && span.name !== CHUNK ? told["avatar.engine"] : "";
  const segment = typeof told["avatar.segment"] === "number" ? `stretch ${told["avatar.segment"] + 1}` : "";
  const repair = Number(told["avatar.attempt"] ?? 1) > 1 ? "repair" : "";
  return [repair, segment].filter(Boolean).join(", ");
}

/** Whether it is a language model's answer. @param {Span} span */
export function isGeneration(span) {
  return span.attributes["avatar.kind"] === "generation";
}
