import { timeWords } from "./cue_words.js";
import { drag } from "./drag.js";
import { freshId, h } from "./dom.js";
import { withBorder } from "./performance_edits.js";
import { sentenceCase } from "./words.js";

/**
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 * @typedef {import("./performance_types.js").Segment} Segment
 */

const EDGE_PX = 9;
const MOST_BANDS = 200;
const LEAST_WIDTH_PX = 3;

/**
 * The segments as bands over the whole clip's own.
 *
 * @param {Desk} desk
 * @param {AbortSignal} signal
 */
export function segmentTrack(desk, signal) {
  const stem = freshId("segment");
  const clip = h("div", { class: "band band-clip", role: "option", id: `${stem}-clip` }, h("span", { class: "band-name" }, "Whole clip"));
  const node = h("div", { class: "track track-bands", tabindex: 0, role: "listbox", "aria-label": "Expression over time" }, clip);
  /** @type {Map<number, HTMLElement>} */
  const bands = new Map();
  let count = 0;

  function draw() {
    const { segments } = desk.score;
    const seen = segments.flatMap(({ start, end }, index) => (end >= desk.scale.start && start <= desk.scale.end ? [index] : []));
    const shown = new Set(seen.slice(0, MOST_BANDS));
    const chosen = desk.segment?.index;
    if (chosen !== undefined) shown.add(chosen);
    for (const [index, band] of bands) if (!shown.has(index)) (band.remove(), bands.delete(index));
    for (const index of [...shown].sort((a, b) => a - b)) show(index);
    clip.setAttribute("aria-selected", String(desk.selection.kind === "clip"));
    clip.setAttribute("aria-label", `Whole clip, ${desk.score.controls.emotion.label}`);
    clip.firstElementChild?.toggleAttribute("hidden", segments.length > 0);
    node.setAttribute("aria-activedescendant", chosen === undefined ? `${stem}-clip` : `${stem}-${chosen}`);
  }

  /** @param {number} index */
  function show(index) {
    const segment = desk.score.segments[index];
    if (!segment) return;
    const band = bands.get(index) ?? make(index);
    const left = Math.max(desk.scale.x(segment.start), -20);
    const right = Math.min(desk.scale.x(segment.end), desk.scale.width + 20);
    band.style.setProperty("translate", `${left.toFixed(2)}px 0`);
    band.style.setProperty("width", `${Math.max(right - left - 1, LEAST_WIDTH_PX).toFixed(2)}px`);
    band.dataset["emotion"] = segment.controls.emotion.label;
    band.setAttribute("aria-selected", String(desk.segment?.index === index));
    const name = `${index + 1} · ${sentenceCase(segment.controls.emotion.label)}`;
    band.setAttribute("aria-label", `${name}, segment from ${timeWords(segment.start)} to ${timeWords(segment.end)}`);
    const label = band.firstElementChild;
    if (label) label.textContent = right - left > 60 ? name : right - left > 22 ? String(index + 1) : "";
  }

  /** @param {number} index */
  function make(index) {
    const band = h("div", { class: "band", role: "option", id: `${stem}-${index}`, "data-index": index }, h("span", { class: "band-name" }));
    bands.set(index, band);
    node.append(band);
    return band;
  }

  node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const band = event.target instanceof Element ? event.target.closest(".band[data-index]") : null;
    if (!(band instanceof HTMLElement)) return desk.select({ kind: "clip" });
    const index = Number(band.dataset["index"]);
    desk.select({ kind: "segment", index });
    const side = sideOf(desk.score.segments[index], event);
    if (!side) return;
    count += 1;
    const before = desk.score;
    drag(node, event, {
      move(moved) {
        const time = desk.scale.start + (moved.clientX - node.getBoundingClientRect().left) / desk.scale.perSecond;
        desk.history.apply(withBorder(before, index, side, time, desk.spoken.duration), `drag border ${count}`);
      },
      cancel: () => desk.score !== before && desk.history.undo(),
    }, signal);
  }, { signal });

  /** @param {Segment | undefined} segment @param {PointerEvent} event @returns {"start" | "end" | null} */
  function sideOf(segment, event) {
    if (!segment) return null;
    const x = event.clientX - node.getBoundingClientRect().left;
    const [toStart, toEnd] = [Math.abs(x - desk.scale.x(segment.start)), Math.abs(x - desk.scale.x(segment.end))];
    if (Math.min(toStart, toEnd) > EDGE_PX) return null;
    return toStart < toEnd ? "start" : "end";
  }

  return { node, draw };
}
