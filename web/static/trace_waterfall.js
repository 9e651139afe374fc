import { fill, h } from "./dom.js";
import { waterfallLine } from "./trace_line.js";
import { traceScale } from "./trace_scale.js";
import { roughly } from "./words.js";

/**
 * @typedef {import("./trace_tree.js").Row} Row
 * @typedef {import("./trace_line.js").Line} Line
 */

const WIDE_TICKS = 6;
const NARROW_TICKS = 3;
const NARROW = matchMedia("(max-width: 720px)");

/**
 * Stages and chunks as bars on one axis of time. Arrow keys move between the lines, fold and unfold them.
 *
 * @param {HTMLElement} node
 * @param {(row: Row) => void} onChoose
 * @param {AbortSignal} signal
 */
export function traceWaterfall(node, onChoose, signal) {
  /** @type {Map<string, boolean>} */
  const unfolded = new Map();
  /** @type {Row[]} */
  let turns = [];
  /** @type {Line[]} */
  let lines = [];
  let chosen = "";
  const body = h("div", { role: "rowgroup", class: "waterfall-rows" });
  const axis = h("div", { class: "waterfall-ticks" });
  const rules = h("div", { class: "waterfall-rules", "aria-hidden": "true" });
  const head = h("div", { role: "rowgroup" }, h("div", { role: "row", class: "waterfall-head" }, columnHead("Stage"), columnHead("Took"), h("div", { role: "columnheader", class: "waterfall-axis" }, h("span", { class: "unseen" }, "When, in seconds of work"), axis)));
  fill(node, h("div", { class: "waterfall", role: "treegrid", "aria-label": "What ran, and when" }, rules, head, body));

  const isUnfolded = (/** @type {Row} */ row) => row.children.length > 0 && (unfolded.get(row.id) ?? row.unfolded);

  /** @param {Row[]} rows @param {number} level @param {Row | null} parent @returns {Line[]} */
  function below(rows, level, parent) {
    return rows.flatMap((row) => [{ row, level, parent }, ...(isUnfolded(row) ? below(row.children, level + 1, row) : [])]);
  }

  function draw() {
    const focused = /** @type {HTMLElement | null} */ (document.activeElement?.closest(".waterfall-row"))?.dataset["id"];
    const scale = traceScale(turns, NARROW.matches ? NARROW_TICKS : WIDE_TICKS);
    lines = below(turns, 1, null);
    if (!lines.some(({ row }) => row.id === chosen)) chosen = lines[0]?.row.id ?? "";
    fill(axis, ...scale.ticks.map(({ share, words }) => placed(h("span", { class: "figures" }, words), share)));
    fill(rules, ...scale.ticks.map(({ share }) => placed(h("i", {}), share)), ...scale.gaps.map(({ share, seconds }) => placed(h("b", { title: `Nothing ran for ${roughly(seconds)}` }), share)));
    fill(body, ...lines.map((line) => waterfallLine(line, scale, { chosen: line.row.id === chosen, unfolded: isUnfolded(line.row) })));
    if (focused) nodeOf(focused)?.focus();
  }

  /** @param {string} id */
  function nodeOf(id) {
    return /** @type {HTMLElement | undefined} */ ([...body.children].find((child) => child instanceof HTMLElement && child.dataset["id"] === id));
  }

  /** @param {Row} row */
  function choose(row) {
    chosen = row.id;
    for (const child of body.children) {
      const isIt = child instanceof HTMLElement && child.dataset["id"] === row.id;
      child.setAttribute("aria-selected", String(isIt));
      child.setAttribute("tabindex", isIt ? "0" : "-1");
    }
    onChoose(row);
  }

  /** @param {Row} row @param {boolean} open */
  function fold(row, open) {
    unfolded.set(row.id, open);
    draw();
  }

  /** @param {Event} event */
  function lineAt(event) {
    const element = event.target instanceof Element ? event.target.closest(".waterfall-row") : null;
    return lines.find(({ row }) => element instanceof HTMLElement && row.id === element.dataset["id"]);
  }

  body.addEventListener(
    "click",
    (event) => {
      const line = lineAt(event);
      if (!line) return;
      if (event.target instanceof Element && event.target.closest(".waterfall-fold")) fold(line.row, !isUnfolded(line.row));
      choose(line.row);
    },
    { signal },
  );
  body.addEventListener("keydown", (event) => keyed(event), { signal });
  NARROW.addEventListener("change", draw, { signal });

  /** @param {KeyboardEvent} event */
  function keyed(event) {
    const line = lineAt(event);
    if (!line || event.altKey || event.ctrlKey || event.metaKey) return;
    const place = lines.indexOf(line);
    /** @param {Row | null | undefined} row */
    const go = (row) => {
      if (!row) return;
      choose(row);
      nodeOf(row.id)?.focus();
    };
    const open = isUnfolded(line.row);
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowDown: () => go(lines[place + 1]?.row),
      ArrowUp: () => go(lines[place - 1]?.row),
      Home: () => go(lines[0]?.row),
      End: () => go(lines[lines.length - 1]?.row),
      ArrowRight: () => (open ? go(line.row.children[0]) : line.row.children.length && fold(line.row, true)),
      ArrowLeft: () => (open ? fold(line.row, false) : go(line.parent)),
      Enter: () => choose(line.row),
      " ": () => line.row.children.length && fold(line.row, !open),
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    move();
  }

  return {
    /** @param {Row[]} rows @param {string} first the line that is chosen where none was */
    show(rows, first) {
      turns = rows;
      chosen ||= first;
      reveal(rows, chosen);
      draw();
    },
  };

  /** Unfolds what hides a line. @param {Row[]} rows @param {string} id @returns {boolean} */
  function reveal(rows, id) {
    return rows.some((row) => {
      if (row.id === id) return true;
      const holds = reveal(row.children, id);
      if (holds && !unfolded.has(row.id)) unfolded.set(row.id, true);
      return holds;
    });
  }
}

/** @param {string} words */
function columnHead(words) {
  return h("div", { role: "columnheader" }, words);
}

/** @template {HTMLElement} Kind @param {Kind} element @param {number} share @returns {Kind} */
function placed(element, share) {
  element.style.left = `${share * 100}%`;
  return element;
}
