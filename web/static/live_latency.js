import { h, svg } from "./dom.js";

/** @typedef {import("./live_types.js").Turn} Turn */

/** The steps of an answer, in their order, with the colour of each. */
const STEPS = /** @type {const} */ ([
  ["end_of_turn", "End of turn", 6],
  ["recognised", "Recogniser", 5],
  ["first_token", "First token", 2],
  ["first_sentence", "First sentence", 3],
  ["first_sound", "First sound", 1],
  ["first_frame", "First frame", 0],
]);

/**
 * How long each step of an answer took, as a stacked bar with its numbers.
 *
 * @param {Turn} turn
 */
export function latencyBar(turn) {
  const steps = stepsOf(turn);
  const total = steps.reduce((sum, { took }) => sum + took, 0);
  let from = 0;
  const rects = steps.map(({ took, colour }) => {
    const x = from;
    from += (took / Math.max(total, 1)) * 100;
    return svg("rect", { class: `series-${colour}`, x, y: 0, width: from - x, height: 6 });
  });
  const bar = svg("svg", { class: "latency-bar", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, ...rects);
  return h(
    "details",
    { class: "latency", open: true },
    h("summary", {}, h("span", { class: "unseen" }, "Time to answer: "), h("span", { class: "figures latency-total" }, `${Math.round(total)} ms`), bar),
    h("ul", { class: "latency-steps" }, ...steps.map(({ words, took, colour }) => h("li", {}, h("span", { class: `swatch series-${colour}` }), words, h("span", { class: "figures" }, `${Math.round(took)} ms`)))),
  );
}

/** What each step added to the ones before. @param {Turn} turn */
export function stepsOf(turn) {
  let before = 0;
  return STEPS.flatMap(([name, words, colour]) => {
    const until = turn[name];
    if (until === null || until === undefined) return [];
    const took = Math.max(0, until - before);
    before = Math.max(before, until);
    return [{ name, words, colour, took }];
  });
}
