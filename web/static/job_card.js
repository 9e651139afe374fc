import { h } from "./dom.js";
import { icon } from "./icon.js";
import { here } from "./address.js";
import { ago, clock, STATUS_NAMES, whoAndWhat } from "./words.js";

/** @typedef {import("./types.js").Job} Job */

/** @type {Record<Job["status"], string>} */
const TONES = { queued: "warn", running: "busy", waiting_review: "warn", completed: "good", failed: "bad", cancelled: "" };

/** @param {Job} job */
export function statusPill(job) {
  return h("span", { class: "pill", "data-tone": TONES[job.status] }, STATUS_NAMES[job.status]);
}

/**
 * A video in a list: its picture, its words, how it stands, and for one that failed the cure.
 *
 * @param {Job} job
 */
export function jobCard(job) {
  const image = h("img", { src: here(job.thumbnail_url) ?? "", alt: "", loading: "lazy" });
  image.addEventListener("error", () => image.replaceWith(h("span", { class: "job-thumb-none" }, icon("film"))));
  const { who, what } = whoAndWhat(job.label);
  const words = job.transcribed_text?.trim() || what;
  const isOn = job.status === "running" || job.status === "queued";
  return h(
    "a",
    { class: "job-card", href: `#/jobs/${job.job_id}`, "data-status": job.status },
    h(
      "span",
      { class: "job-thumb" },
      image,
      job.duration !== null && job.status === "completed" && h("span", { class: "job-length figures" }, clock(job.duration)),
      job.status === "completed" && h("span", { class: "job-play" }, icon("play")),
      isOn && h("progress", { class: "progress job-bar", max: 1, value: job.progress, "aria-label": "Progress" }),
    ),
    h("span", { class: "job-label" }, h("span", { class: "job-who" }, who), words && h("span", { class: "job-what" }, words)),
    h("span", { class: "job-meta" }, job.status !== "completed" && statusPill(job), h("span", {}, ago(job.created_at))),
    job.error && h("span", { class: "job-error" }, `${job.error.message} ${job.error.cure}`),
  );
}
