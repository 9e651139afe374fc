const RETRY_MS = 2000;

/**
 * Says when the service does not answer, and asks until it does.
 *
 * @param {HTMLElement} node
 * @param {import("./api.js").Api} api
 */
export function watchLine(node, api) {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let asking;
  api.addEventListener("unreached", () => {
    node.textContent = "The service does not answer. Trying again…";
    node.hidden = false;
    asking ??= setInterval(() => void api.get("/health").catch(() => null), RETRY_MS);
  });
  api.addEventListener("reached", () => {
    clearInterval(asking);
    asking = undefined;
    node.hidden = true;
  });
}
