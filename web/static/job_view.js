import { Problem } from "./api.js";
import { directionNote } from "./direction_note.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { jobActions } from "./job_actions.js";
import { statusPill } from "./job_card.js";
import { jobDetails } from "./job_details.js";
import { followJob } from "./job_feed.js";
import { jobProgress } from "./job_progress.js";
import { performanceEditor } from "./performance_editor.js";
import { player } from "./player.js";
import { failureNote, problemNote } from "./problem_note.js";
import { traceView } from "./trace_view.js";
import { ago, hasEnded, whoAndWhat } from "./words.js";

/** @typedef {import("./types.js").Job} Job */

const AGAIN_MS = 1500;

/**
 * One job: watch it being made, then watch and keep what came of it.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {string} id
 * @param {AbortSignal} signal
 */
export function jobView(node, context, id, signal) {
  const parts = layout();
  node.setAttribute("aria-labelledby", "job-title");
  fill(node, parts.back, parts.job, parts.editor, parts.trace);
  const screen = player(parts.screen, context.api, signal);
  const progress = jobProgress(parts.progress);
  const trace = traceView(parts.trace, context.api, id, signal);
  const actions = jobActions(parts.actions, context, show, edit);
  let wasWatched = false;
  let isOver = false;
  let shown = "";
  /** @type {AbortController | null} */
  let editing = null;

  /** Nothing that is told late undoes an end. @param {Job} job */
  function show(job) {
    if (isOver) return;
    isOver = hasEnded(job);
    if (!isOver) wasWatched = true;
    const { who, what } = whoAndWhat(job.label);
    parts.title.textContent = who;
    parts.words.textContent = job.transcribed_text?.trim() || what;
    document.title = `${job.label} · Avatar Orchestrator`;
    screen.show(job, wasWatched);
    progress.show(job);
    actions.show(job);
    trace.show(job);
    if (job.status !== shown) change(job);
    shown = job.status;
  }

  /** @param {Job} job */
  function change(job) {
    fill(parts.state, statusPill(job), h("span", { class: "muted small" }, ago(job.created_at)));
    parts.outcome.replaceChildren();
    if (job.status === "completed") jobDetails(parts.details, job, context.api, signal);
    if (job.error) fill(parts.outcome, failureNote(job.error.message, job.error.cure));
    if (job.status === "cancelled") fill(parts.outcome, h("div", { class: "note" }, icon("close"), h("p", { class: "note-title" }, "This video was cancelled.")));
    if (job.status === "waiting_review") edit(job);
    else leaveEditor();
    if (job.status === "failed" || job.status === "cancelled") screen.stop();
  }

  /** Opens the editor of the performance. @param {Job} job */
  function edit(job) {
    leaveEditor();
    editing = new AbortController();
    parts.job.classList.add("is-editing");
    parts.editor.hidden = false;
    screen.stop();
    if (job.status === "waiting_review") fill(parts.outcome, directionNote(job));
    void performanceEditor(parts.editor, context, job, { goesOn, close: leaveEditor }, AbortSignal.any([signal, editing.signal]));
  }

  function leaveEditor() {
    if (!editing) return;
    editing.abort();
    editing = null;
    parts.job.classList.remove("is-editing");
    parts.editor.hidden = true;
    parts.editor.replaceChildren();
  }

  /** What was edited is rendered: this job goes on, or another one begins. @param {Job} job */
  function goesOn(job) {
    leaveEditor();
    if (job.job_id !== id) {
      location.hash = `#/jobs/${job.job_id}`;
      return;
    }
    show(job);
    follow(job);
  }

  /** @param {Job} job */
  function follow(job) {
    if (!hasEnded(job)) followJob(context.api, job, { news: show, lost: () => progress.line(true), back: () => progress.line(false), refused }, signal);
  }

  async function begin() {
    try {
      /** @type {Job} */
      const job = await context.api.get(`/api/v1/jobs/${encodeURIComponent(id)}`, signal);
      show(job);
      follow(job);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Problem && error.status === 0) setTimeout(() => void begin(), AGAIN_MS);
      else refused(error);
    }
  }

  /** @param {unknown} error */
  function refused(error) {
    screen.stop();
    fill(node, parts.back, missing(error, wasWatched));
  }
  void begin();
}

/** @param {unknown} error @param {boolean} wasThere */
function missing(error, wasThere) {
  const isUnknown = error instanceof Problem && error.status === 404;
  /** @type {[string, string]} */
  const unknown = wasThere ? ["This video was deleted.", "Make it again from the same face and words."] : ["There is no such video.", "It may have been deleted, or the link is not whole."];
  const shown = isUnknown ? new Problem(404, ...unknown) : error;
  const again = h("a", { class: "button button-small", href: "#/videos" }, "See all videos");
  return h("div", { class: "job-missing" }, h("h1", { id: "job-title" }, "This video cannot be shown"), problemNote(shown, again));
}

function layout() {
  const title = h("h1", { class: "job-title", id: "job-title" }, "\u00a0");
  const words = h("p", { class: "job-words" });
  const state = h("div", { class: "job-state" });
  const outcome = h("div", { class: "job-outcome" });
  const progress = h("div", { class: "job-progress", hidden: true });
  const actions = h("div", { class: "job-actions" });
  const details = h("div", { class: "job-details" });
  const screen = h("div", { class: "player" });
  return {
    back: h("a", { class: "back", href: "#/videos" }, icon("back"), "All videos"),
    job: h("div", { class: "job" }, screen, h("div", { class: "job-side" }, state, h("div", {}, title, words), outcome, progress, actions, details)),
    editor: h("section", { class: "editor", "aria-labelledby": "editor-title", hidden: true }),
    trace: h("div", { class: "job-trace", hidden: true }),
    screen,
    title,
    words,
    state,
    outcome,
    progress,
    actions,
    details,
  };
}
