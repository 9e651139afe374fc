import { freshId, h } from "./dom.js";

/** @typedef {{label: string, icon: Node, panel: HTMLElement}} Tab */

/**
 * A list of tabs whose panels are shown one at a time; arrow keys move between them.
 *
 * @param {string} name
 * @param {Tab[]} given
 * @param {(index: number) => void} onChange
 */
export function tabs(name, given, onChange) {
  const list = h("div", { class: "segments", role: "tablist", "aria-label": name });
  const buttons = given.map(({ label, icon, panel }, index) => {
    const [id, panelId] = [freshId("tab"), freshId("panel")];
    const button = h("button", { type: "button", role: "tab", id, "aria-controls": panelId }, icon, label);
    panel.id = panelId;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", id);
    button.addEventListener("click", () => select(index));
    return button;
  });
  list.append(...buttons);

  /** @param {number} index */
  function show(index) {
    for (const [place, button] of buttons.entries()) {
      button.setAttribute("aria-selected", String(place === index));
      button.tabIndex = place === index ? 0 : -1;
      const panel = given[place]?.panel;
      if (panel) panel.hidden = place !== index;
    }
  }

  /** @param {number} index */
  function select(index) {
    show(index);
    onChange(index);
  }

  list.addEventListener("keydown", (event) => {
    const now = buttons.findIndex((button) => button === document.activeElement);
    const moves = new Map([["ArrowRight", now + 1], ["ArrowLeft", now - 1], ["Home", 0], ["End", buttons.length - 1]]);
    const to = moves.get(event.key);
    if (to === undefined || now < 0) return;
    event.preventDefault();
    const next = (to + buttons.length) % buttons.length;
    buttons[next]?.focus();
    select(next);
  });
  show(0);
  return { list };
}
