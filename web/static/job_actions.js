import { here } from "./address.js";
import { Problem } from "./api.js";
import { ask } from "./dialog.js";
import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { problemNote } from "./problem_note.js";
import { hasEnded } from "./words.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./toast.js").Context} Context
 */

/**
 * What can be done with a job as it stands: take it along, cancel it, delete it.
 *
 * @param {HTMLElement} node
 * @param {Context} context
 * @param {(job: Job) => void} news takes the job as it stands after an action
 * @param {(job: Job) => void} edit opens the editor of its performance
 */
export function jobActions(node, { api, toast }, news, edit) {
  let shown = "";

  /** @param {Job} job */
  function show(job) {
    if (job.status === shown) return;
    shown = job.status;
    if (job.status === "completed") fill(node, download(job), change(job), copy(job), remove(job));
    else if (hasEnded(job)) fill(node, another(), remove(job));
    else fill(node, cancel(job));
  }

  /** @param {Job} job */
  function copy(job) {
    const button = h("button", { class: "button", type: "button" }, icon("link"), "Copy link");
    button.addEventListener("click", async () => {
      const link = `${location.origin}/#/jobs/${job.job_id}`;
      const copied = navigator.clipboard?.writeText(link).then(() => "Link copied");
      toast((await copied?.catch(() => null)) ?? link);
    });
    return button;
  }

  /** A job that ended in the meantime is shown as it ended. @param {Job} job */
  function cancel(job) {
    const button = h("button", { class: "button", type: "button" }, icon("close"), "Cancel");
    button.addEventListener("click", async () => {
      const path = `/api/v1/jobs/${job.job_id}`;
      button.disabled = true;
      try {
        news(await api.send(`${path}/cancel`).catch((error) => (hasStatus(error, 409) ? api.get(path) : Promise.reject(error))));
      } catch (error) {
        button.disabled = false;
        node.append(problemNote(error));
      }
    });
    return button;
  }

  /** @param {Job} job */
  function remove(job) {
    const button = h("button", { class: "button button-quiet button-danger", type: "button" }, icon("trash"), "Delete");
    button.addEventListener("click", async () => {
      const words = "The video is removed from the service for good.";
      const isGone = await ask({ title: "Delete this video?", words, action: "Delete", danger: true, submit: () => api.remove(`/api/v1/jobs/${job.job_id}`) }, problemNote);
      if (!isGone) return;
      toast("Video deleted");
      location.hash = "#/videos";
    });
    return button;
  }

  /** @param {Job} job */
  function change(job) {
    const button = h("button", { class: "button", type: "button" }, icon("sliders"), "Edit performance");
    button.addEventListener("click", () => edit(job));
    return button;
  }

  return { show };
}

/** @param {unknown} error @param {number} status */
function hasStatus(error, status) {
  return error instanceof Problem && error.status === status;
}

/** @param {Job} job */
function download(job) {
  return h("a", { class: "button button-primary", href: `${here(job.video_url)}?download=1`, download: (job.video_path ?? "").split("/").pop() }, icon("download"), "Download");
}

function another() {
  return h("a", { class: "button button-primary", href: "#/" }, icon("plus"), "New video");
}
