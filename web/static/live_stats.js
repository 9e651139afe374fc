import { h } from "./dom.js";
import { latest } from "./latest.js";

/** @typedef {import("./live_types.js").Stats} Stats */

const ROWS = /** @type {const} */ ([
  ["frames", "Frames drawn"],
  ["shown", "Frames shown here"],
  ["late", "Late"],
  ["dropped", "Dropped"],
  ["draw", "Drawing"],
  ["encode", "Encoding"],
  ["buffered", "Sound waiting"],
  ["trip", "Round trip"],
  ["engine", "Engine"],
]);

/**
 * The figures of a session, a drawer over the stage.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {() => number} shown frames that were shown here
 * @param {AbortSignal} signal
 */
export function liveStats(session, shown, signal) {
  const cells = new Map(ROWS.map(([name]) => [name, h("dd", { class: "figures" }, "–")]));
  const node = h("section", { class: "live-stats", "aria-label": "Statistics", hidden: true }, h("dl", {}, ...ROWS.map(([name, words]) => h("div", {}, h("dt", {}, words), cells.get(name) ?? null))));
  const put = (/** @type {typeof ROWS[number][0]} */ name, /** @type {string} */ text) => cells.get(name)?.replaceChildren(text);

  session.on("stats", (stats) => {
    put("frames", stats.frames.toLocaleString("en"));
    put("shown", shown().toLocaleString("en"));
    put("late", stats.late.toLocaleString("en"));
    put("dropped", stats.dropped.toLocaleString("en"));
    put("draw", `${stats.draw_ms.toFixed(1)} ms`);
    put("encode", `${stats.encode_ms.toFixed(1)} ms`);
    put("buffered", `${stats.buffered.toFixed(2)} s`);
  }, signal);
  session.on("roundtrip", (ms) => put("trip", `${ms.toFixed(ms < 10 ? 1 : 0)} ms`), signal);
  session.on("started", ({ renderer, width, height, fps }) => put("engine", `${renderer.name ?? "none"}, ${width} × ${height}, ${fps} fps`), signal);

  const begin = latest();
  signal.addEventListener("abort", begin, { once: true });

  return {
    node,
    /** @param {boolean} wanted */
    show(wanted) {
      node.hidden = !wanted;
      const shownNow = begin();
      if (wanted) session.measure(shownNow);
    },
  };
}
