import { timeWords } from "./cue_words.js";
import { h } from "./dom.js";

/** @typedef {{node: HTMLElement, show: (cue: import("./performance_types.js").Cue) => void, hide: () => void}} SnapGuide */

/**
 * A line through all tracks where a moved cue peaks, with the word that it snapped to.
 *
 * @param {import("./editing_desk.js").EditingDesk} desk
 * @returns {SnapGuide}
 */
export function snapGuide(desk) {
  const label = h("span", { class: "guide-label figures" });
  const node = h("div", { class: "guide", "aria-hidden": "true", hidden: true }, label);
  return {
    node,
    show(cue) {
      const word = cue.word === null ? null : desk.spoken.words[cue.word];
      const x = desk.scale.x(cue.at);
      node.hidden = false;
      node.classList.toggle("is-snapped", cue.word !== null);
      node.classList.toggle("is-right", x > desk.scale.width - 140);
      node.style.setProperty("translate", `${x.toFixed(2)}px 0`);
      label.textContent = word ? `${word.text} · ${timeWords(cue.at)}` : timeWords(cue.at);
    },
    hide() {
      node.hidden = true;
    },
  };
}
