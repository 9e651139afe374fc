import { fill, freshId, h } from "./dom.js";
import { engineChoice } from "./engine_choice.js";
import { faceStep } from "./face_step.js";
import { icon } from "./icon.js";
import { answers } from "./live_config.js";
import { modeChoice } from "./live_mode.js";
import { recordedVoice } from "./live_recorded_voice.js";
import { liveVoice } from "./live_voice.js";
import { problemNote } from "./problem_note.js";
import { prose } from "./prose.js";
import { labelled } from "./value_slider.js";

/**
 * @typedef {import("./live_types.js").LiveConfig} LiveConfig
 * @typedef {import("./live_types.js").Wish} Wish
 */

const SIZES = [["384", "384 × 384, light"], ["512", "512 × 512"], ["720", "720 × 720, sharp"]];
const USUAL_SIZE = "512";

/**
 * What comes before a session: who, how to talk to it, and the button.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {LiveConfig} config
 * @param {(wish: Wish) => void} start
 * @param {AbortSignal} signal
 */
export function liveStart(node, context, config, start, signal) {
  const mode = modeChoice(config, show);
  const faces = h("section", { class: "step step-face" });
  const summary = h("span", { class: "look-summary" });
  const size = h("select", { class: "select" }, ...SIZES.map(([value, words]) => h("option", { value, selected: value === USUAL_SIZE }, words ?? "")));
  const engine = engineChoice(context.api.get("/api/v1/status", signal).then((status) => ({ ...status, engines: status.engines.filter(isLive) })).catch(() => null));
  const voice = liveVoice(context.api, () => summarise());
  const personaId = freshId("persona");
  const persona = h("textarea", { class: "textarea live-persona", id: personaId, rows: 2, maxlength: 5000, placeholder: "A patient tour guide who loves old ships…" });
  const about = h("div", { class: "field" }, h("label", { for: personaId }, "Who it is"), persona);
  const button = h("button", { class: "button button-primary button-large generate-button", type: "submit" }, icon("spark"), "Start");
  const trouble = h("div", { class: "generate-trouble" });
  const lack = h("div", { class: "live-start-lack" });
  const hint = h("p", { class: "hint live-start-hint" });
  const recorded = recordedVoice(context, { changed: (character) => face.take(character), showMissing: voice.showMissing });
  const face = faceStep(faces, context, (chosen) => {
    trouble.replaceChildren();
    voice.adopt(chosen?.character);
    recorded.adopt(chosen);
  });
  const look = h(
    "details",
    { class: "look" },
    h("summary", { class: "look-head" }, icon("sliders"), h("h2", {}, "Voice and picture"), summary, h("span", { class: "look-chevron" }, icon("chevron"))),
    h("div", { class: "look-body" }, h("div", { class: "look-grid" }, ...voice.nodes), recorded.node, h("div", { class: "look-grid live-picture" }, labelled("Picture", size), engine.node)),
  );
  const form = h(
    "form",
    { class: "create live-start", novalidate: true, "aria-labelledby": "live-title" },
    h("div", { class: "steps" }, faces, look),
    h("aside", { class: "create-side", "aria-label": "Start" }, h("div", { class: "stage-card" }, mode.node, lack, about, h("div", { class: "generate" }, trouble, button, hint))),
  );
  fill(node, h("div", { class: "view-head" }, h("div", {}, h("h1", { id: "live-title" }, "Talk to a portrait"), h("p", { class: "lead" }, "It listens, answers and moves while you watch."))), form);

  function show() {
    const chosen = mode.value();
    about.hidden = chosen !== "conversation" || !answers(config);
    fill(lack, ...(chosen === "conversation" && !answers(config) ? [noModel(config.dialogue?.why ?? "")] : []));
    fill(hint, ...(chosen === "text" ? ["No microphone is needed."] : ["The microphone is asked for when you turn it on. ", ...(chosen === "conversation" && config.recogniser?.name === null ? prose(`Speech is not recognised here: ${config.recogniser.why}`) : [])]));
  }

  function summarise() {
    summary.textContent = [...voice.words(), size.selectedOptions[0]?.textContent ?? ""].join(", ");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = face.value();
    if (!chosen) {
      fill(trouble, h("p", { class: "generate-lack", role: "alert" }, icon("alert"), "Choose a face first."));
      return face.focus();
    }
    const given = Object.entries({ ...voice.value(), renderer: engine.value(), persona: about.hidden ? "" : persona.value.trim() }).filter(([, value]) => value);
    const kind = mode.value();
    start({ face: chosen, mode: kind, fields: { ...Object.fromEntries(given), size: Number(size.value), listen: kind === "conversation", audio_stream: kind === "puppet", pace: kind === "puppet" ? "live" : "free" } });
  });
  size.addEventListener("change", summarise);
  show();
  summarise();
  void face.refresh(signal);

  return {
    /** Why it did not start. @param {unknown} error */
    refuse(error) {
      fill(trouble, problemNote(error));
      button.focus();
    },
  };
}

/** What to set up for answers. @param {string} why */
function noModel(why) {
  return h("div", { class: "note note-warning" }, icon("alert"), h("p", { class: "note-title" }, "Nobody answers here"), h("p", {}, "What you type is said word for word. ", ...prose(why)));
}

/** Engines that draw while somebody watches. @param {import("./types.js").Engine} engine */
function isLive({ name }) {
  return name === "puppet" || name.startsWith("wav2lip");
}
