import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { roughly, SHOWN_AS, STAGE_NAMES } from "./words.js";

/** @typedef {import("./types.js").Job} Job */

const STAGES = [...STAGE_NAMES.keys()].filter((stage) => stage !== "waiting");

/**
 * How far a job is, stage by stage. A screen reader hears each new stage, not every per cent.
 *
 * @param {HTMLElement} node
 */
export function jobProgress(node) {
  const bar = h("progress", { class: "progress", max: 1, value: 0, "aria-label": "Progress of the video" });
  const percent = h("span", { class: "progress-percent figures" });
  const left = h("span", { class: "muted" });
  const spoken = h("p", { class: "unseen", role: "status" });
  const line = h("p", { class: "progress-lost", role: "status", hidden: true }, "The service is away. The video goes on when it is back; this page waits.");
  const items = STAGES.map((stage) => {
    const detail = h("span", { class: "stage-detail figures" });
    return { stage, detail, node: h("li", { class: "stage" }, h("span", { class: "stage-mark" }, icon("check")), h("span", {}, STAGE_NAMES.get(stage)), detail) };
  });
  fill(node, h("div", { class: "progress-head" }, percent, left), bar, line, h("ol", { class: "stages" }, ...items.map((item) => item.node)), spoken);
  let last = "";

  return {
    /** @param {Job} job */
    show(job) {
      node.hidden = job.status !== "queued" && job.status !== "running";
      if (node.hidden) return;
      bar.value = job.progress;
      percent.textContent = job.status === "queued" && job.progress === 0 ? "In the queue" : `${Math.round(job.progress * 100)} %`;
      left.textContent = job.seconds_left === null ? "" : `${roughly(job.seconds_left)} left`;
      const stage = job.stage ? (SHOWN_AS.get(job.stage) ?? job.stage) : "";
      const now = job.status === "running" ? STAGES.indexOf(stage) : -1;
      for (const [index, item] of items.entries()) {
        item.node.dataset["state"] = index < now ? "done" : index === now ? "now" : "later";
        if (index === now) item.node.setAttribute("aria-current", "step");
        else item.node.removeAttribute("aria-current");
        const isDrawing = index === now && item.stage === "video_generation" && job.chunks_total > 0;
        item.detail.textContent = isDrawing ? `${job.chunks_done} of ${job.chunks_total}` : "";
      }
      const words = STAGE_NAMES.get(stage) ?? "Waiting in the queue";
      if (words !== last) spoken.textContent = words;
      last = words;
    },
    /** @param {boolean} isLost */
    line(isLost) {
      line.hidden = !isLost;
    },
  };
}
