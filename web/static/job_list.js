import { Problem } from "./api.js";
import { fill, h } from "./dom.js";
import { jobCard } from "./job_card.js";

/** @typedef {import("./types.js").Job} Job */

const REFRESH_MS = 2000;

/**
 * Cards of jobs. Those that are under way are looked at again and again, until the signal ends it.
 *
 * @param {import("./api.js").Api} api
 */
export function jobList(api) {
  const node = h("ul", { class: "jobs" });
  /** @type {Map<string, {job: Job, card: HTMLElement}>} */
  const items = new Map();

  /** @param {Job} job */
  function keep(job) {
    const known = items.get(job.job_id);
    if (known && known.job.status === job.status && known.job.progress === job.progress) return;
    const card = h("li", {}, jobCard(job));
    known?.card.replaceWith(card);
    items.set(job.job_id, { job, card });
  }

  /** A card that has the focus is left alone. @param {AbortSignal} signal */
  async function refresh(signal) {
    const moving = [...items.values()].filter(({ job, card }) => (job.status === "running" || job.status === "queued") && !card.contains(document.activeElement));
    for (const { job } of moving) {
      const newer = await api.get(`/api/v1/jobs/${job.job_id}`, signal).catch((error) => void (isGone(error) && drop(job)));
      if (signal.aborted) return;
      if (newer && items.has(job.job_id)) keep(newer);
    }
  }

  /** @param {Job} job */
  function drop(job) {
    items.get(job.job_id)?.card.remove();
    items.delete(job.job_id);
  }

  return {
    node,
    count: () => items.size,
    clear: () => items.clear(),
    /** @param {Job[]} jobs */
    add(jobs) {
      for (const job of jobs) keep(job);
      fill(node, ...[...items.values()].map(({ card }) => card));
    },
    /** @param {AbortSignal} signal */
    follow(signal) {
      /** @type {ReturnType<typeof setTimeout>} */
      let timer;
      const wait = () => {
        if (!signal.aborted) timer = setTimeout(() => void refresh(signal).then(wait), REFRESH_MS);
      };
      signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
      wait();
    },
  };
}

/** @param {unknown} error */
function isGone(error) {
  return error instanceof Problem && error.status === 404;
}
