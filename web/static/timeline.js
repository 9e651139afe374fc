import { PARTS } from "./cue_lanes.js";
import { cueTrack } from "./cue_track.js";
import { curveTrack } from "./curve_track.js";
import { h } from "./dom.js";
import { onTheme } from "./palette.js";
import { playhead } from "./playhead.js";
import { segmentTrack } from "./segment_track.js";
import { snapGuide } from "./snap_guide.js";
import { soundTrack } from "./sound_track.js";
import { sentenceCase } from "./words.js";

/** @typedef {import("./editing_desk.js").EditingDesk} Desk */

const WHEEL_RATE = 0.0022;

/**
 * All tracks above one another over one scale of time. A long sound is a wide strip that is scrolled natively; what
 * is drawn lies in a window that stays, so that an hour costs no more than a minute.
 *
 * @param {Desk} desk
 * @param {AbortSignal} signal
 */
export function timeline(desk, signal) {
  const guide = snapGuide(desk);
  const sound = soundTrack(desk, signal);
  const segments = segmentTrack(desk, signal);
  const cues = cueTrack(desk, guide, signal);
  const curves = curveTrack(desk);
  const head = playhead(desk, signal);
  const pane = h("div", { class: "timeline-window" }, sound.node, segments.node, cues.node, curves.node, guide.node, head.node);
  const strip = h("div", { class: "timeline-strip" }, pane);
  const scroller = h("div", { class: "timeline-scroll" }, strip);
  const parts = PARTS.map((part) => h("span", { class: "part-name", "data-part": part }, sentenceCase(part)));
  const names = h("div", { class: "timeline-names", "aria-hidden": "true" }, named("Sound"), named("Expression"), h("div", { class: "part-names" }, ...parts), named("Motion"));
  const node = h("div", { class: "timeline" }, names, scroller);
  let asked = 0;

  function draw() {
    asked = 0;
    if (signal.aborted) return;
    sound.draw();
    segments.draw();
    cues.draw();
    node.style.setProperty("--lanes", String(cues.parts().reduce((sum, lanes) => sum + lanes, 0)));
    for (const [index, part] of parts.entries()) part.style.setProperty("--own", String(cues.parts()[index] ?? 1));
    curves.draw();
    head.draw();
  }

  function redraw() {
    asked ||= requestAnimationFrame(draw);
  }

  function follow() {
    const { scale } = desk;
    strip.style.setProperty("width", `${Math.max(scale.duration * scale.perSecond, scale.width)}px`);
    const left = scale.start * scale.perSecond;
    if (Math.abs(scroller.scrollLeft - left) >= 1) scroller.scrollLeft = left;
    redraw();
  }

  const observer = new ResizeObserver(() => {
    pane.style.setProperty("width", `${scroller.clientWidth}px`);
    desk.scale.resize(scroller.clientWidth);
    follow();
  });
  observer.observe(scroller);
  signal.addEventListener("abort", () => observer.disconnect(), { once: true });
  scroller.addEventListener("scroll", () => {
    if (Math.abs(scroller.scrollLeft - desk.scale.start * desk.scale.perSecond) >= 1) desk.scale.scroll(scroller.scrollLeft / desk.scale.perSecond);
  }, { signal, passive: true });
  scroller.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
    event.preventDefault();
    const x = event.clientX - pane.getBoundingClientRect().left;
    desk.scale.zoom(Math.exp(-event.deltaY * WHEEL_RATE), desk.scale.time(x));
  }, { signal, passive: false });
  desk.scale.addEventListener("change", follow, { signal });
  desk.history.addEventListener("change", redraw, { signal });
  for (const name of ["selection", "playhead", "stretch"]) desk.addEventListener(name, redraw, { signal });
  onTheme(() => {
    sound.recolour();
    curves.recolour();
    redraw();
  }, signal);

  return { node, curves, focus: () => cues.list.focus({ preventScroll: true }) };
}

/** @param {string} name */
function named(name) {
  return h("span", { class: "track-name" }, name);
}
