import { fill, h } from "./dom.js";
import { expressionStep } from "./expression_step.js";
import { faceStep } from "./face_step.js";
import { icon } from "./icon.js";
import { lookStep } from "./look_step.js";
import { preview } from "./preview.js";
import { problemNote } from "./problem_note.js";
import { recentStrip } from "./recent_strip.js";
import { wordsStep } from "./words_step.js";

const LONGEST_LABEL = 80;

/** @typedef {import("./types.js").Job} Job */

/**
 * The form: a face, words, a video to play, a look, and the button.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 */
export function createView(node, context) {
  const parts = layout();
  fill(node, parts.head, parts.form, parts.recent);

  const stage = preview(parts.preview);
  const words = wordsStep(parts.words, context, () => refresh());
  const expression = expressionStep(parts.expression, context, () => refresh());
  const look = lookStep(parts.look, context, () => refresh());
  const face = faceStep(parts.face, context, (chosen) => {
    if (chosen?.character) words.adopt(chosen.character);
    refresh();
  });
  const recent = recentStrip(parts.recent, context);

  function refresh() {
    expression.show(face.value(), words.value());
    stage.show(face.value(), words.value(), expression.value(), look.value());
    parts.trouble.replaceChildren();
  }

  /** @param {SubmitEvent} event */
  async function generate(event) {
    event.preventDefault();
    if (parts.button.hasAttribute("aria-busy")) return;
    if (words.isBusy()) return lack("Stop the recording first.", words.focus);
    if (expression.isBusy()) return lack("The video is still being uploaded.", expression.focus);
    const [chosen, spoken, acting] = [face.value(), words.value(), expression.value()];
    if (!chosen) return lack("Choose a face first.", face.focus);
    if (!spoken && !acting?.hasSound) return lack(acting ? "The video is silent: say what the face shall speak." : "Say what the face shall speak first.", words.focus);
    parts.button.setAttribute("aria-busy", "true");
    try {
      const place = chosen.kind === "character" ? { character: chosen.value } : { image_path: chosen.value, ...(chosen.index && { face: chosen.index }) };
      /** @type {Job} */
      const job = await context.api.send("/api/v1/jobs", { ...place, ...spoken?.fields, ...acting?.fields, ...look.value().fields, label: labelOf(chosen.name, spoken, acting) });
      location.hash = `#/jobs/${job.job_id}`;
    } catch (error) {
      fill(parts.trouble, problemNote(error));
    } finally {
      parts.button.removeAttribute("aria-busy");
    }
  }

  /** @param {string} message @param {() => void} focus */
  function lack(message, focus) {
    fill(parts.trouble, h("p", { class: "generate-lack", role: "alert" }, icon("alert"), message));
    focus();
  }

  parts.form.addEventListener("submit", (event) => void generate(event));
  parts.form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) parts.form.requestSubmit();
  });
  refresh();

  return {
    /** @param {AbortSignal} signal */
    show(signal) {
      recent.refresh(signal);
      face.refresh(signal);
    },
  };
}

function layout() {
  const section = (/** @type {string} */ name) => h("section", { class: `step step-${name}` });
  const button = h("button", { class: "button button-primary button-large generate-button", type: "submit" }, icon("spark"), "Generate video");
  const trouble = h("div", { class: "generate-trouble" });
  const parts = { face: section("face"), words: section("words"), expression: section("expression"), look: section("look"), preview: h("div", { class: "preview" }) };
  return {
    ...parts,
    button,
    trouble,
    recent: h("section", { class: "recent", "aria-labelledby": "recent-title" }),
    head: h(
      "div",
      { class: "view-head" },
      h("div", {}, h("h1", { id: "create-title" }, "Make a portrait talk"), h("p", { class: "lead" }, "Pick a face, give it words, and watch it speak.")),
    ),
    form: h(
      "form",
      { class: "create", novalidate: true, "aria-labelledby": "create-title" },
      h("div", { class: "steps" }, parts.face, parts.words, parts.expression, parts.look),
      h("aside", { class: "create-side", "aria-label": "Preview" }, h("div", { class: "stage-card" }, parts.preview, h("div", { class: "generate" }, trouble, button))),
    ),
  };
}

/** Who speaks and what, by the names that people gave. @param {string} who @param {import("./types.js").Words | null} spoken @param {import("./types.js").Acting | null} acting */
function labelOf(who, spoken, acting) {
  const what = (spoken?.kind === "text" ? spoken.fields.text : spoken?.summary) ?? acting?.summary ?? "";
  const label = `${who} · ${what}`.replace(/\s+/g, " ");
  return label.length <= LONGEST_LABEL ? label : `${label.slice(0, LONGEST_LABEL - 1).trimEnd()}…`;
}
