import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { isUnderWay } from "./model_row.js";
import { prose } from "./prose.js";
import { counted, engineName, roughly, sentenceCase, size } from "./words.js";

/** Whether all of them may be used here. @param {import("./types.js").ModelFile[]} lacking */
export function isFree(lacking) {
  return lacking.every(({ allowed }) => allowed);
}

/** What the button of an engine does about the files that it lacks. @param {HTMLButtonElement} button @param {import("./types.js").ModelFile[]} lacking */
export function offer(button, lacking) {
  button.hidden = lacking.length === 0;
  const bytes = lacking.reduce((sum, { size_bytes: more }) => sum + (more ?? 0), 0);
  const most = lacking.every(({ size_bytes: known }) => known !== null) ? size(bytes) : bytes > 0 ? `more than ${size(bytes)}` : "size not known";
  const words = "oneOf" in button.dataset || !isFree(lacking) ? "Show its model files" : lacking.some(isUnderWay) ? "Show its downloads" : `Download ${counted(lacking.length, "file", "files")}, ${most}`;
  fill(button, icon("download"), words);
}

/**
 * @param {import("./types.js").Engine} engine
 * @param {(engine: string) => void} [take] does something about the files that it lacks
 * @param {boolean} [isOneOf] whether any one of its files will do
 */
export function engineCard(engine, take, isOneOf = false) {
  const files = take && !engine.available && h("button", { class: "button button-small", type: "button", hidden: true, "data-engine": engine.name, "data-one-of": isOneOf });
  if (files) files.addEventListener("click", () => take(engine.name));
  return h(
    "article",
    { class: "card engine", "data-available": String(engine.available) },
    h("div", { class: "engine-head" }, h("h3", {}, engineName(engine.name)), h("span", { class: "pill", "data-tone": engine.available ? "good" : "" }, engine.available ? "Available" : "Not available")),
    h("p", {}, sentenceCase(engine.summary)),
    h("p", { class: "hint" }, engine.is_auto && !engine.why.startsWith("`auto`") && "Chosen automatically. ", ...prose(sentenceCase(engine.why)), engine.licence && ` Licence: ${engine.licence}.`),
    engine.device && facts(engine),
    files,
  );
}

/** Where it computes, and what ten seconds of speech would take. @param {import("./types.js").Engine} engine */
function facts({ device, precision, estimate, available, passed_over: why }) {
  const memory = estimate && [size(estimate.memory), estimate.card_memory > 0 && `${size(estimate.card_memory)} of the graphics card`].filter(Boolean).join(", ");
  /** @type {[string, string | undefined | false | null][]} */
  const all = [
    ["Computes on", `${device === "cpu" ? "the processor" : device}, ${precision}`],
    ["10 s of speech", estimate && `${roughly(estimate.seconds)}${estimate.runs > 0 ? "" : ", not measured here yet"}`],
    ["Memory", memory],
    ["Not chosen automatically", available && why && `it ${why}`],
  ];
  return h("dl", { class: "engine-facts" }, ...all.filter(([, value]) => value).map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { class: "figures" }, value || ""))));
}
