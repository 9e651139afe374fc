import { fill, h, svg } from "./dom.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";
import { sentenceCase } from "./words.js";

/**
 * @typedef {import("./types.js").Check} Check
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Report} Report
 * @typedef {import("./types.js").Verdict} Verdict
 */

const MOST_FINDINGS = 3;

/** The worst first. @type {Verdict[]} */
const ORDER = ["refused", "poor", "fair", "good"];

/** @type {Record<Verdict, string>} */
const HEADLINES = { good: "Will animate well", fair: "Will animate fairly well", poor: "Will animate poorly", refused: "Cannot be animated" };

/** @type {Record<Verdict, string>} */
const VERDICTS = { good: "Good", fair: "Fair", poor: "Poor", refused: "Refused" };

/**
 * Tells how well the chosen face will animate, and what would make it better.
 *
 * @param {import("./api.js").Api} api
 */
export function reportCard(api) {
  const begin = latest();
  const said = h("p", { class: "unseen", "aria-live": "polite" });
  const body = h("div", { class: "report" });
  const node = h("section", { "aria-label": "How well the face will animate", hidden: true }, said, body);

  /** @param {Face} face */
  async function show(face) {
    const signal = begin();
    body.classList.add("is-stale");
    try {
      const report = face.report ?? (await api.get(addressOf(face), signal));
      draw(report, face.name);
    } catch {
      if (!signal.aborted) node.hidden = true;
    }
  }

  /** @param {Report} report @param {string} name */
  function draw(report, name) {
    const isOpen = body.querySelector("details")?.open ?? false;
    fill(body, ...reportBody(report, name, isOpen));
    said.textContent = `${name}: ${HEADLINES[report.verdict].toLowerCase()}, ${report.score} of 100`;
    body.classList.remove("is-stale");
    node.hidden = false;
  }

  return { node, show: (/** @type {Face} */ face) => void show(face) };
}

/** @param {Face} face */
function addressOf(face) {
  if (face.kind === "character") return `/api/v1/characters/${encodeURIComponent(face.value)}/check`;
  return `/api/v1/upload/check?${new URLSearchParams({ image_path: face.value, face: String(face.index ?? 0) })}`;
}

/** @param {Report} report @param {string} name @param {boolean} isOpen */
function reportBody(report, name, isOpen) {
  const worst = report.checks.filter((check) => check.verdict !== "good").sort((one, other) => ORDER.indexOf(one.verdict) - ORDER.indexOf(other.verdict));
  const head = h("div", { class: "report-words" }, h("p", { class: "note-title" }, HEADLINES[report.verdict]), h("p", { class: "small muted" }, name));
  return [
    h("div", { class: "report-head", "data-verdict": report.verdict }, gauge(report.score), head),
    worst.length > 0 && h("ul", { class: "findings" }, ...worst.slice(0, MOST_FINDINGS).map(finding)),
    report.checks.length > 1 && h("details", { class: "report-all", open: isOpen }, h("summary", {}, icon("chevron"), `Details: all ${report.checks.length} checks`), h("ul", { class: "checks" }, ...report.checks.map(row))),
  ];
}

/** The score in a ring that it fills. @param {number} score */
function gauge(score) {
  const circle = (/** @type {string} */ name, /** @type {string | null} */ dashes) => svg("circle", { class: name, cx: 24, cy: 24, r: 20.5, pathLength: 100, "stroke-dasharray": dashes });
  return h(
    "div",
    { class: "gauge" },
    svg("svg", { viewBox: "0 0 48 48", "aria-hidden": "true", focusable: "false" }, circle("gauge-ground", null), score > 0 && circle("gauge-share", `${score} 100`)),
    h("span", { class: "gauge-score figures" }, score, h("span", { class: "unseen" }, " of 100")),
  );
}

/** @param {Check} check */
function finding(check) {
  return h("li", { class: "finding", "data-verdict": check.verdict }, icon("alert"), h("div", {}, h("p", {}, check.sentence), check.cure && h("p", { class: "muted" }, check.cure)));
}

/** @param {Check} check */
function row(check) {
  const name = sentenceCase(check.name.replaceAll("_", " "));
  return h(
    "li",
    { class: "check", "data-verdict": check.verdict },
    icon(check.verdict === "good" ? "check" : "alert"),
    h("span", { class: "check-name" }, name, h("span", { class: "unseen" }, ` (${VERDICTS[check.verdict].toLowerCase()})`)),
    h("span", { class: "muted" }, check.sentence),
  );
}
