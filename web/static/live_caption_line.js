import { h } from "./dom.js";

const LINGER_MS = 900;
const LEAST_MS = 1500;

/**
 * What the avatar says, over the picture. The transcript tells it to screen readers.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AbortSignal} signal
 */
export function captionLine(session, signal) {
  const words = h("span", { dir: "auto" });
  const node = h("p", { class: "live-caption", hidden: true, "aria-hidden": "true" }, words);
  let isWanted = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let fading;

  const clear = () => {
    words.textContent = "";
    node.hidden = true;
  };
  session.on("caption", ({ who, text, duration, language }) => {
    if (who !== "avatar") return;
    clearTimeout(fading);
    words.textContent = text;
    words.lang = language;
    node.hidden = !isWanted;
    fading = setTimeout(clear, Math.max(LEAST_MS, 1000 * duration) + LINGER_MS);
  }, signal);
  session.on("speaking", ({ on, cut }) => {
    if (on || !cut) return;
    clearTimeout(fading);
    clear();
  }, signal);
  signal.addEventListener("abort", () => clearTimeout(fading), { once: true });

  return {
    node,
    /** @param {boolean} wanted */
    show(wanted) {
      isWanted = wanted;
      node.hidden = !wanted || !words.textContent;
    },
  };
}
