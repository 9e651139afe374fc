import { fill, h } from "./dom.js";
import { icon } from "./icon.js";

const COPIED_MS = 1600;

/**
 * A text to read, fold and copy; where it is JSON, set out in lines.
 *
 * @param {string} title
 * @param {string} text
 * @param {AbortSignal} signal
 * @param {boolean} [open]
 */
export function textBlock(title, text, signal, open = true) {
  const shown = setOut(text);
  const copy = h("button", { class: "button button-small button-quiet", type: "button", "aria-label": `Copy: ${title}` });
  const body = h("pre", { class: "text-block-body", tabindex: 0, "aria-label": title }, shown);
  let timer = 0;

  /** @param {"copy" | "check" | "alert"} mark @param {string} words */
  function say(mark, words) {
    fill(copy, icon(mark), words);
  }

  copy.addEventListener(
    "click",
    async () => {
      clearTimeout(timer);
      try {
        await navigator.clipboard.writeText(shown);
        say("check", "Copied");
      } catch {
        getSelection()?.selectAllChildren(body);
        say("alert", "Selected");
      }
      timer = setTimeout(() => say("copy", "Copy"), COPIED_MS);
    },
    { signal },
  );
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  say("copy", "Copy");
  return h("details", { class: "text-block", open }, h("summary", {}, icon("chevron"), h("span", {}, title)), h("div", { class: "text-block-inside" }, copy, body));
}

/** @param {string} text */
function setOut(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? JSON.stringify(value, null, 2) : text;
  } catch {
    return text;
  }
}
