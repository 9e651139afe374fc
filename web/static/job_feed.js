/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {{news: (job: Job) => void, lost: () => void, back: () => void}} Listener
 */

const AGAIN_MS = 1500;

/**
 * Follows a job by server-sent events. Goes on by itself when the service goes and comes back.
 *
 * @param {string} address
 * @param {Listener} listener
 * @param {AbortSignal} signal
 */
export function followJob(address, listener, signal) {
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let isLost = false;

  function open() {
    source = new EventSource(address);
    source.addEventListener("open", () => {
      if (isLost) listener.back();
      isLost = false;
    });
    source.addEventListener("progress", heard);
    source.addEventListener("end", (event) => {
      close();
      heard(event);
    });
    source.addEventListener("error", () => {
      if (!isLost) listener.lost();
      isLost = true;
      if (source?.readyState === EventSource.CLOSED) waiting = setTimeout(open, AGAIN_MS);
    });
  }

  /** @param {MessageEvent<string>} event */
  function heard(event) {
    listener.news(JSON.parse(event.data));
  }

  function close() {
    clearTimeout(waiting);
    source?.close();
  }

  signal.addEventListener("abort", close, { once: true });
  open();
}
