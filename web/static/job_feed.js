import { here } from "./address.js";
import { Problem } from "./api.js";
import { hasEnded } from "./words.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {{news: (job: Job) => void, lost: () => void, back: () => void, refused: (error: unknown) => void}} Listener
 */

const AGAIN_MS = 1500;

/**
 * Follows a job by server-sent events. Goes on by itself when the service goes and comes back; where the events fail,
 * the job itself says why: its end is news, and a refusal ends it.
 *
 * @param {import("./api.js").Api} api
 * @param {Job} job
 * @param {Listener} listener
 * @param {AbortSignal} signal
 */
export function followJob(api, job, listener, signal) {
  const path = `/api/v1/jobs/${job.job_id}`;
  /** @type {EventSource | undefined} */
  let source;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;
  let [isLost, isAsking, isOver] = [false, false, false];

  function open() {
    source = new EventSource(here(job.events_url) ?? `${path}/events`);
    source.addEventListener("open", () => setLost(false));
    source.addEventListener("progress", (event) => heard(JSON.parse(event.data)));
    source.addEventListener("end", (event) => heard(JSON.parse(event.data)));
    source.addEventListener("error", () => void look());
  }

  async function look() {
    if (isAsking) return;
    isAsking = true;
    try {
      heard(await api.get(path, signal));
      setLost(false);
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusal(error)) return refuse(error);
      setLost(true);
    } finally {
      isAsking = false;
    }
    if (!isOver && source?.readyState === EventSource.CLOSED) waiting = setTimeout(open, AGAIN_MS);
  }

  /** @param {Job} newer */
  function heard(newer) {
    if (hasEnded(newer) || newer.status === "waiting_review") close();
    listener.news(newer);
  }

  /** @param {unknown} error */
  function refuse(error) {
    close();
    listener.refused(error);
  }

  /** @param {boolean} value */
  function setLost(value) {
    if (value === isLost) return;
    isLost = value;
    if (isLost) listener.lost();
    else listener.back();
  }

  function close() {
    isOver = true;
    clearTimeout(waiting);
    source?.close();
  }

  signal.addEventListener("abort", close, { once: true });
  open();
}

/** @param {unknown} error */
function isRefusal(error) {
  return error instanceof Problem && [401, 403, 404, 410].includes(error.status);
}
