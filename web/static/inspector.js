import { controlsInspector } from "./controls_inspector.js";
import { cueInspector } from "./cue_inspector.js";
import { fill, h } from "./dom.js";

/**
 * Shows all of what is selected, to be changed: a cue, a segment, or the whole clip.
 *
 * @param {import("./editing_desk.js").EditingDesk} desk
 * @param {AbortSignal} signal
 */
export function inspector(desk, signal) {
  const node = h("section", { class: "inspector card", "aria-label": "What is selected" });
  let shown = "";
  /** @type {ReturnType<typeof cueInspector> | ReturnType<typeof controlsInspector>} */
  let panel = controlsInspector(desk, null);

  function show() {
    const { selection } = desk;
    const wanted = selection.kind === "clip" ? "clip" : `${selection.kind} ${selection.index}`;
    if (wanted !== shown) {
      panel = selection.kind === "cue" ? cueInspector(desk, selection.index) : controlsInspector(desk, selection.kind === "segment" ? selection.index : null);
      fill(node, panel.node);
    }
    shown = wanted;
    panel.show();
  }

  desk.addEventListener("selection", show, { signal });
  desk.history.addEventListener("change", show, { signal });
  show();
  return { node, focus: () => panel.first.focus() };
}
