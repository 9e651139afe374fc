import { here } from "./address.js";
import { Problem } from "./api.js";
import { directionList } from "./direction_note.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { moodChart, saidOf } from "./mood_chart.js";
import { stageChart } from "./stage_chart.js";
import { clock, date, sentenceCase } from "./words.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./api.js").Api} Api
 */

const LEAST_CONFIDENCE = 0.2;

/**
 * What is known of a finished video: who drew it and why, what was said, and how long each stage took.
 *
 * @param {HTMLElement} node
 * @param {Job} job
 * @param {Api} api
 * @param {AbortSignal} signal
 */
export function jobDetails(node, job, api, signal) {
  const overTime = h("div", { hidden: true });
  const facts = [
    row("Length", job.duration === null ? null : `${clock(job.duration)}${job.frames ? ` · ${job.frames} frames` : ""}`),
    row("Size", job.width && job.height ? `${job.width} × ${job.height}${job.fps ? ` · ${rate(job.fps)} frames a second` : ""}` : null),
    row("Engine", job.renderer && sentenceCase(job.renderer), job.renderer_why),
    row("Director", job.director && sentenceCase(job.director), job.director_why),
    row("Directing", job.direction_report ? directionList(job.direction_report) : null),
    row("Speech found by", job.hearing && sentenceCase(job.hearing), job.hearing_why),
    row("Spoken by", job.speaker && sentenceCase(job.speaker), job.speaker_why),
    row("Voices", (job.voices ?? 0) > 1 && String(job.voices)),
    row("Mood", mood(job), saidOf(job.emotion_sources)),
    row("Words", job.transcriber && wordsFrom(job.transcriber), job.transcriber_why),
    row("Captions", job.captions_url && captionLinks(job)),
    row("Motion", job.motion_url && motionLinks(job)),
    row("Made", job.finished_at ? date(job.finished_at) : null),
  ];
  fill(
    node,
    ...job.notes.map((words) => h("div", { class: "note note-warning" }, icon("alert"), h("p", {}, words))),
    h("section", { class: "card details-card" }, h("h2", {}, "Details"), h("dl", { class: "facts" }, ...facts.flat())),
    overTime,
    timing(job),
  );
  void showMood(overTime, job, api, signal);
}

/** Stays hidden where the mood over time is no more, or never changes. @param {HTMLElement} node @param {Job} job @param {Api} api @param {AbortSignal} signal */
async function showMood(node, job, api, signal) {
  const address = here(job.emotions_url);
  if (!address || !job.duration) return;
  try {
    /** @type {import("./types.js").TimedEmotion[]} */
    const emotions = await api.get(address, signal);
    if (signal.aborted || emotions.length < 2) return;
    fill(node, h("section", { class: "card details-card" }, h("h2", {}, "Mood over time"), moodChart(emotions, job.duration)));
    node.hidden = false;
  } catch (error) {
    if (!(error instanceof Problem) && !signal.aborted) throw error;
  }
}

/** The feeling of the whole, where somebody speaks. @param {Job} job */
function mood(job) {
  if (!job.emotion || !job.emotion_sources.length) return null;
  return (job.confidence ?? 0) >= LEAST_CONFIDENCE ? sentenceCase(job.emotion) : "Unsure";
}

/** What the face does, frame by frame, for other programs. @param {Job} job */
function motionLinks(job) {
  const address = here(job.motion_url);
  const link = (/** @type {string} */ format) => h("a", { href: `${address}?format=${format}`, download: `${job.job_id}-motion.${format}` }, format.toUpperCase());
  return h("span", { class: "motion-links" }, link("json"), link("csv"), link("glb"));
}

/** @param {string} transcriber */
function wordsFrom(transcriber) {
  return { none: "Not recognised", text: "Typed", aligned: "Given with the sound" }[transcriber] ?? sentenceCase(transcriber);
}

/** What is said, in lines with times. @param {Job} job */
function captionLinks(job) {
  const address = here(job.captions_url) ?? "";
  const link = (/** @type {string} */ form) => h("a", { href: `${address.replace(/vtt$/, form)}?download=1`, download: `${job.job_id}.${form}` }, form.toUpperCase());
  return h("span", { class: "motion-links" }, link("srt"), link("vtt"));
}

/** @param {string} name @param {string | Node | null | false | ""} value @param {string | null} [why] */
function row(name, value, why) {
  if (!value) return [];
  return [h("dt", {}, name), h("dd", {}, value, why && h("span", { class: "fact-why" }, sentenceCase(why)))];
}

/** @param {string} fps */
function rate(fps) {
  const [top, bottom] = fps.split("/").map(Number);
  return bottom && top ? (top / bottom).toFixed(2) : fps;
}

/** @param {Job} job */
function timing(job) {
  const seconds = job.seconds ?? {};
  const total = seconds["total"];
  if (!total) return null;
  if (job.served) return h("section", { class: "card details-card" }, h("h2", {}, "Time"), h("p", { class: "muted" }, "This video was made before and is served again, at once."));
  return h("section", { class: "card details-card" }, h("h2", {}, "Time"), stageChart(seconds, total, job.duration));
}
