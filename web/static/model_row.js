import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { failureNote } from "./problem_note.js";
import { prose } from "./prose.js";
import { roughly, size } from "./words.js";

/**
 * @typedef {import("./types.js").ModelFile} ModelFile
 * @typedef {{download: (name: string) => Promise<void>, cancel: (name: string) => Promise<void>}} ModelActions
 */

/** @type {Record<ModelFile["state"], [string, string]>} what its state is called, and its tone */
const STATES = {
  present: ["Here", "good"],
  missing: ["Not here", ""],
  damaged: ["Damaged", "bad"],
  unchecked: ["Not checked", "warn"],
  waiting: ["Waiting", "busy"],
  downloading: ["Downloading", "busy"],
};

/**
 * One model file. Its nodes stay while it is downloaded, so that the button keeps the focus.
 *
 * @param {ModelFile} first
 * @param {ModelActions} act
 */
export function modelRow(first, act) {
  const name = first.key;
  const pill = h("span", { class: "pill" });
  const facts = h("p", { class: "hint model-facts" });
  const bar = h("progress", { class: "progress", "aria-label": `Download of ${name}` });
  const figures = h("p", { class: "hint figures" });
  const progress = h("div", { class: "model-progress", hidden: true }, bar, figures);
  const button = h("button", { class: "button button-small", type: "button", "data-model": name });
  const trouble = h("div", { class: "model-trouble" });
  const node = h(
    "li",
    { class: "model" },
    h("div", { class: "model-head" }, h("h4", {}, name), h("span", { class: "model-pills" }, !first.commercial && h("span", { class: "pill", "data-tone": "warn" }, "Non-commercial"), pill)),
    h("p", { class: "model-purpose" }, ...prose(first.purpose)),
    facts,
    progress,
    trouble,
    h("div", { class: "model-actions" }, button),
  );
  let shown = first;
  let told = "";

  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy")) return;
    button.setAttribute("aria-busy", "true");
    try {
      await (isUnderWay(shown) ? act.cancel(name) : act.download(name));
    } finally {
      button.removeAttribute("aria-busy");
    }
  });

  /** @param {ModelFile} model */
  function show(model) {
    shown = model;
    const [words, tone] = STATES[model.state];
    pill.textContent = words;
    pill.dataset.tone = tone;
    fill(facts, [model.size_bytes === null ? "size not known" : size(model.size_bytes), `licence: ${model.licence}`, ...usedBy(model)].join(" · "));
    button.hidden = model.state === "present" || !model.allowed;
    const [mark, action] = actionOf(model);
    fill(button, icon(mark), action, h("span", { class: "unseen" }, ` ${name}`));
    showProgress(model);
    showTrouble(model);
  }

  /** @param {ModelFile} model */
  function showProgress(model) {
    const transfer = model.transfer;
    progress.hidden = !isUnderWay(model);
    if (transfer?.total_bytes) {
      bar.max = transfer.total_bytes;
      bar.value = transfer.done_bytes;
    } else bar.removeAttribute("value");
    figures.textContent = transfer ? figuresOf(transfer) : "Waits for its turn";
  }

  /** Written anew only where it changes: it is read out. @param {ModelFile} model */
  function showTrouble(model) {
    const words = JSON.stringify([model.problem, model.refusal, isUnderWay(model)]);
    if (words === told) return;
    told = words;
    if (model.refusal) fill(trouble, h("p", { class: "hint" }, ...prose(`${model.refusal.message} ${model.refusal.cure}`)));
    else if (model.problem) fill(trouble, failureNote(model.problem.message, model.problem.cure));
    else fill(trouble);
  }

  show(first);
  return { node, show, focus: () => (button.hidden ? null : button.focus()) };
}

/** @param {ModelFile} model */
export function isUnderWay(model) {
  return model.state === "waiting" || model.state === "downloading";
}

/** @param {ModelFile} model @returns {["close" | "redo" | "download", string]} */
function actionOf(model) {
  if (isUnderWay(model)) return ["close", "Cancel"];
  if (model.problem) return ["redo", "Try again"];
  if (model.state === "unchecked") return ["download", "Check, or download anew"];
  return model.arrived_bytes > 0 && model.state === "missing" ? ["download", `Go on after ${size(model.arrived_bytes)}`] : ["download", "Download"];
}

/** @param {ModelFile} model */
function usedBy(model) {
  return model.used_by.length > 0 ? [`used by ${model.used_by.join(", ")}`] : [];
}

/** @param {import("./types.js").ModelTransfer} transfer */
function figuresOf({ done_bytes: done, total_bytes: total, bytes_per_second: rate, seconds_left: left }) {
  const reached = total ? `${size(done)} of ${size(total)} (${Math.floor((100 * done) / total)} %)` : size(done);
  return [reached, rate !== null && `${size(rate)}/s`, left !== null && `${roughly(left)} left`].filter(Boolean).join(" · ");
}
