import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { jobList } from "./job_list.js";
import { latest } from "./latest.js";
import { problemNote } from "./problem_note.js";
import { STATUS_NAMES } from "./words.js";

/**
 * @typedef {import("./types.js").JobPage} JobPage
 * @typedef {import("./types.js").JobStatus} JobStatus
 */

const PAGE_JOBS = 12;
/** @type {JobStatus[]} */
const FILTERS = ["completed", "running", "queued", "waiting_review", "failed", "cancelled"];

/**
 * All videos, newest first, by their status.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {AbortSignal} signal
 */
export function videosView(node, { api }, signal) {
  const list = jobList(api);
  const filter = h("select", { class: "select", id: "filter", name: "filter" }, h("option", { value: "" }, "All videos"), ...FILTERS.map((status) => h("option", { value: status }, STATUS_NAMES[status])));
  const more = h("button", { class: "button", type: "button" }, "Show more");
  const foot = h("div", { class: "more", hidden: true }, more);
  const said = h("div", { "aria-live": "polite" });
  node.setAttribute("aria-labelledby", "videos-title");
  fill(node, head(filter), said, list.node, foot);
  fill(list.node, ...Array.from({ length: 8 }, () => h("li", { class: "skeleton job-skeleton" })));
  /** @type {string | null} */
  let cursor = null;
  const begin = latest();
  signal.addEventListener("abort", begin, { once: true });

  async function load() {
    const loading = begin();
    const query = new URLSearchParams({ limit: String(PAGE_JOBS), ...(filter.value && { status: filter.value }), ...(cursor && { cursor }) });
    more.disabled = true;
    try {
      /** @type {JobPage} */
      const page = await api.get(`/api/v1/jobs?${query}`, loading);
      cursor = page.next_cursor;
      list.add(page.jobs);
      foot.hidden = !cursor;
      fill(said, list.count() === 0 && empty(filter.value));
    } catch (error) {
      if (loading.aborted) return;
      list.add([]);
      fill(said, problemNote(error));
    }
    more.disabled = false;
  }

  filter.addEventListener("change", () => {
    cursor = null;
    list.clear();
    void load();
  });
  more.addEventListener("click", () => void load());
  list.follow(signal);
  void load();
}

/** @param {HTMLSelectElement} filter */
function head(filter) {
  return h(
    "div",
    { class: "view-head" },
    h("h1", { id: "videos-title" }, "Videos"),
    h("div", { class: "filter" }, h("label", { class: "unseen", for: filter.id }, "Show"), filter),
    h("a", { class: "button button-primary", href: "#/" }, icon("plus"), "New video"),
  );
}

/** @param {string} status */
function empty(status) {
  const [title, words] = status ? ["Nothing here", "No video has this status."] : ["No videos yet", "The first one takes a minute."];
  return h("div", { class: "card empty" }, icon("film"), h("h2", {}, title), h("p", {}, words), !status && h("a", { class: "button button-primary", href: "#/" }, "Make a video"));
}
