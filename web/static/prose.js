import { h } from "./dom.js";

const CODE_FORM = /`([^`]+)`/;

/**
 * A sentence whose `names` between backticks are shown as code.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function prose(text) {
  return text.split(CODE_FORM).map((part, place) => (place % 2 ? h("code", {}, part) : part));
}
