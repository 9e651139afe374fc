import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { jobList } from "./job_list.js";

const SHOWN = 4;

/**
 * The newest videos, under the form; nothing at all where there are none.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 */
export function recentStrip(node, { api }) {
  const list = jobList(api);
  const all = h("a", { class: "button button-quiet button-small", href: "#/videos" }, "See all", icon("arrow"));
  fill(node, h("div", { class: "view-head recent-head" }, h("h2", { id: "recent-title" }, "Recent videos"), all), list.node);
  node.hidden = true;
  return {
    /** @param {AbortSignal} signal */
    async refresh(signal) {
      list.follow(signal);
      /** @type {import("./types.js").JobPage | null} */
      const page = await api.get(`/api/v1/jobs?limit=${SHOWN}`, signal).catch(() => null);
      if (!page || signal.aborted) return;
      node.hidden = page.jobs.length === 0;
      list.clear();
      list.add(page.jobs);
    },
  };
}
