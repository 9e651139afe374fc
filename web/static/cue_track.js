import { cueDrag } from "./cue_drag.js";
import { lanesOf } from "./cue_lanes.js";
import { actionWords, cueWords, spanOf } from "./cue_words.js";
import { freshId, h } from "./dom.js";
import { addCue } from "./editing_actions.js";

/**
 * @typedef {import("./performance_types.js").Cue} Cue
 * @typedef {import("./editing_desk.js").EditingDesk} Desk
 */

/** So many blocks at once are elements; beyond, cues are drawn as ticks until one looks closer. */
const MOST_BLOCKS = 300;
const LEAST_WIDTH_PX = 12;
const LABEL_FROM_PX = 40;

/**
 * The cues as blocks at their times. Only those in view are there.
 *
 * @param {Desk} desk
 * @param {import("./snap_guide.js").SnapGuide} guide
 * @param {AbortSignal} signal
 */
export function cueTrack(desk, guide, signal) {
  const ticks = h("canvas", { class: "cue-ticks", "aria-hidden": "true" });
  const empty = h("p", { class: "track-empty hint" }, "No cues yet. Double-click here, or press N.");
  const node = h("div", { class: "track-cues", tabindex: 0, role: "listbox", "aria-label": "Cues" });
  const frame = h("div", { class: "track track-cue-frame" }, ticks, empty, node);
  const stem = freshId("cue");
  /** @type {Map<number, HTMLElement>} */
  const blocks = new Map();
  /** @type {{cues: readonly Cue[] | null, lanes: number[], count: number, parts: number[]}} */
  let laid = { cues: null, lanes: [], count: 0, parts: [] };

  function draw() {
    const { cues } = desk.score;
    if (laid.cues !== cues) laid = { cues, ...lanesOf(cues) };
    empty.hidden = cues.length > 0;
    node.setAttribute("role", cues.length > 0 ? "listbox" : "group");
    const seen = inView(cues);
    const isCrowded = seen.length > MOST_BLOCKS;
    const chosen = desk.cue?.index;
    const shown = new Set(isCrowded ? [] : seen);
    if (chosen !== undefined) shown.add(chosen);
    for (const [index, block] of blocks) if (!shown.has(index)) (block.remove(), blocks.delete(index));
    for (const index of [...shown].sort((a, b) => a - b)) show(index);
    drawTicks(isCrowded ? seen : []);
    if (chosen === undefined) node.removeAttribute("aria-activedescendant");
    else node.setAttribute("aria-activedescendant", `${stem}-${chosen}`);
  }

  /** @param {readonly Cue[]} cues */
  function inView(cues) {
    const margin = LEAST_WIDTH_PX / desk.scale.perSecond;
    return cues.flatMap((cue, index) => {
      const [from, to] = spanOf(cue);
      return to + margin >= desk.scale.start && from <= desk.scale.end + margin ? [index] : [];
    });
  }

  /** @param {number} index */
  function show(index) {
    const cue = desk.score.cues[index];
    if (!cue) return;
    const block = blocks.get(index) ?? make(index);
    const [from, to] = spanOf(cue);
    const width = Math.max((to - from) * desk.scale.perSecond, LEAST_WIDTH_PX);
    const { name, part } = actionWords(cue.action);
    block.style.setProperty("translate", `${desk.scale.x(from).toFixed(2)}px 0`);
    block.style.setProperty("width", `${width.toFixed(2)}px`);
    block.style.setProperty("--row", String(laid.lanes[index] ?? 0));
    block.style.setProperty("--intensity", String(cue.intensity));
    block.style.setProperty("--peak", `${(desk.scale.x(cue.at) - desk.scale.x(from)).toFixed(2)}px`);
    block.style.setProperty("--shift", `${Math.max(0, Math.min(-desk.scale.x(from), width - LABEL_FROM_PX)).toFixed(0)}px`);
    block.dataset["part"] = part;
    block.classList.toggle("is-loose", cue.word === null);
    block.setAttribute("aria-selected", String(desk.cue?.index === index));
    block.setAttribute("aria-label", `${cueWords(cue, desk.spoken)}, intensity ${Math.round(cue.intensity * 100)} %, ${cue.duration.toFixed(2)} s long`);
    block.setAttribute("aria-setsize", String(desk.score.cues.length));
    block.setAttribute("aria-posinset", String(index + 1));
    const label = block.firstElementChild;
    if (label) label.textContent = width >= LABEL_FROM_PX ? name : "";
  }

  /** @param {number} index */
  function make(index) {
    const block = h("div", { class: "cue", role: "option", id: `${stem}-${index}`, "data-index": index }, h("span", { class: "cue-name" }), h("span", { class: "cue-peak" }));
    blocks.set(index, block);
    node.append(block);
    return block;
  }

  /** @param {number[]} seen */
  function drawTicks(seen) {
    ticks.hidden = seen.length === 0;
    if (ticks.hidden) return;
    const ratio = devicePixelRatio;
    const [width, height] = [desk.scale.width, frame.clientHeight];
    [ticks.width, ticks.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    const context = ticks.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    context.fillStyle = getComputedStyle(ticks).color;
    context.globalAlpha = 0.55;
    for (const index of seen) {
      const cue = desk.score.cues[index];
      if (cue) context.fillRect(desk.scale.x(cue.at), 6 + (laid.lanes[index] ?? 0) * ((height - 12) / laid.count), 1.5, (height - 12) / laid.count - 4);
    }
  }

  cueDrag(node, desk, guide, signal);
  node.addEventListener("dblclick", (event) => {
    if (event.target instanceof Element && event.target.closest(".cue")) return;
    addCue(desk, desk.scale.time(event.clientX - node.getBoundingClientRect().left));
  }, { signal });
  return { node: frame, list: node, draw, parts: () => laid.parts };
}
