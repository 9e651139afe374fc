/**
 * @typedef {"create" | "live" | "videos" | "status" | "jobs"} ViewName
 * @typedef {(node: HTMLElement, id: string, signal: AbortSignal) => void} ShowView fills the node until the signal
 */

/** @type {Record<ViewName, string>} */
const TITLES = { create: "Create", live: "Live", videos: "Videos", status: "Status", jobs: "Video" };

/**
 * Shows the view that the address names: `#/`, `#/live`, `#/videos`, `#/status`, `#/jobs/ID`.
 * The form of `create` keeps its node, so that nothing that was filled in is lost on the way.
 *
 * @param {{create: HTMLElement, other: HTMLElement}} nodes
 * @param {Record<ViewName, ShowView>} views
 */
export function router(nodes, views) {
  let current = new AbortController();
  let isFirst = true;

  const go = () => {
    current.abort();
    current = new AbortController();
    const { name, id } = place(location.hash);
    const node = name === "create" ? nodes.create : nodes.other;
    nodes.create.hidden = name !== "create";
    nodes.other.hidden = name === "create";
    nodes.other.replaceChildren();
    document.title = `${TITLES[name]} · Avatar Orchestrator`;
    mark(name === "jobs" ? "videos" : name);
    views[name](node, id, current.signal);
    if (!isFirst) arrive(node);
    isFirst = false;
  };

  addEventListener("hashchange", go);
  go();
}

/** @param {string} hash @returns {{name: ViewName, id: string}} */
function place(hash) {
  const [name, id = ""] = hash.replace(/^#\/?/, "").split("/");
  if (name === "jobs" && id) return { name, id };
  return name === "live" || name === "videos" || name === "status" ? { name, id: "" } : { name: "create", id: "" };
}

/** @param {string} name */
function mark(name) {
  for (const link of document.querySelectorAll("[data-view]")) {
    if (link.getAttribute("data-view") === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Takes the reader to the view's heading. @param {HTMLElement} node */
function arrive(node) {
  scrollTo({ top: 0, behavior: "instant" });
  const heading = node.querySelector("h1");
  if (!(heading instanceof HTMLElement)) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
