import { h } from "./dom.js";
import { icon } from "./icon.js";
import { worst } from "./trace_tree.js";
import { precise } from "./words.js";

/**
 * @typedef {import("./trace_tree.js").Row} Row
 * @typedef {{row: Row, level: number, parent: Row | null}} Line
 */

const MARKS = { warning: "done another way", bad: "failed" };

/**
 * One line of the waterfall: what ran, how long, and its bar.
 *
 * @param {Line} line
 * @param {import("./trace_scale.js").TraceScale} scale
 * @param {{chosen: boolean, unfolded: boolean}} state
 */
export function waterfallLine({ row, level }, scale, { chosen, unfolded }) {
  const name = h("div", { role: "gridcell", class: "waterfall-name" }, row.children.length > 0 && h("span", { class: "waterfall-fold" }, icon("chevron")), h("span", { class: "waterfall-label" }, row.label), row.note && h("span", { class: "muted small waterfall-note" }, row.note), markOf(row));
  const element = h(
    "div",
    { role: "row", class: "waterfall-row", "data-id": row.id, "aria-level": level, "aria-selected": String(chosen), "aria-expanded": row.children.length ? String(unfolded) : null, tabindex: chosen ? 0 : -1 },
    name,
    h("div", { role: "gridcell", class: "waterfall-took figures" }, row.open ? "…" : precise(row.end - row.start)),
    h("div", { role: "gridcell", class: "waterfall-track" }, h("span", { class: "unseen" }, `from ${precise(scale.work(row.start))}`), barOf(row, scale)),
  );
  element.style.setProperty("--level", String(level - 1));
  return element;
}

/** @param {Row} row @param {import("./trace_scale.js").TraceScale} scale */
function barOf(row, scale) {
  const [from, to] = [scale.share(row.start), scale.share(row.end)];
  const bar = h("span", { class: `waterfall-bar series-${row.series}${row.open ? " is-open" : ""}`, "data-level": row.level });
  bar.style.left = `${from * 100}%`;
  bar.style.width = `${(to - from) * 100}%`;
  return bar;
}

/** Of the line and of all that is folded into it. @param {Row} row */
function markOf(row) {
  const level = worst(row);
  return level !== "good" && h("span", { class: "waterfall-mark", "data-level": level }, icon("alert"), h("span", { class: "unseen" }, MARKS[level]));
}
