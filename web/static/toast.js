import { h } from "./dom.js";
import { icon } from "./icon.js";

const SHOWN_MS = 4000;

/**
 * @typedef {(words: string) => void} Toast says something in passing
 * @typedef {{api: import("./api.js").Api, toast: Toast}} Context what every view works with
 */

/** @param {HTMLElement} node @returns {Toast} */
export function toaster(node) {
  return (words) => {
    const toast = h("div", { class: "toast" }, icon("check"), words);
    node.append(toast);
    setTimeout(() => toast.remove(), SHOWN_MS);
  };
}
