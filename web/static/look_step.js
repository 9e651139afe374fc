import { controlSliders } from "./control_sliders.js";
import { directionField } from "./direction_field.js";
import { directorChoice } from "./director_choice.js";
import { freshId, h } from "./dom.js";
import { engineChoice } from "./engine_choice.js";
import { enhancementChoice } from "./enhancement_choice.js";
import { icon } from "./icon.js";
import { presetChoice } from "./preset_choice.js";
import { shapeChoice } from "./shape_choice.js";
import { toggle } from "./toggle.js";

/** @typedef {import("./types.js").Look} Look */

const FRAMINGS = [["", "Automatic"], ["close", "Close"], ["portrait", "Head and shoulders"], ["full", "Whole picture"]];
const BACKGROUNDS = [["", "Automatic"], ["keep", "The picture's own"], ["blur", "Blurred"], ["white", "White"], ["black", "Black"], ["lime", "Green, to be keyed out"], ["transparent", "None: a transparent WebM"]];
const CAPTIONS = [["", "Beside the video"], ["burn", "In the picture too"]];
const RATES = [["", "Automatic: 25"], ["24", "24 a second, as in the cinema"], ["25", "25 a second"], ["30", "30 a second"], ["50", "50 a second, very smooth"]];

/**
 * The options, folded away: what nobody touches stays the service's choice.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {() => void} onChange
 */
export function lookStep(node, { api }, onChange) {
  /** @type {Promise<import("./types.js").ServiceStatus | null>} */
  const status = api.get("/api/v1/status").catch(() => null);
  const shape = shapeChoice(onChange);
  const direction = directionField(onChange);
  const framing = choice("framing", FRAMINGS);
  const background = choice("background", BACKGROUNDS);
  const fps = choice("fps", RATES);
  const captions = choice("captions", CAPTIONS);
  const renderer = engineChoice(status);
  const preset = presetChoice(status, (chosen) => {
    shape.fit(chosen?.shorter_side ?? null);
    fps.options[0]?.replaceChildren(`Automatic: ${chosen?.fps ?? 25}`);
  });
  const enhancement = enhancementChoice(api, onChange);
  const director = directorChoice(api);
  const review = toggle("review", "Review before rendering", "Stops once the performance is written: move a nod, change a smile, then render.");
  const seed = h("input", { class: "input", id: freshId("seed"), name: "seed", type: "number", min: 0, max: 4294967295, step: 1, placeholder: "0" });
  const sliders = controlSliders(onChange);
  const summary = h("span", { class: "look-summary" });

  node.append(
    h(
      "details",
      { class: "look" },
      h("summary", { class: "look-head" }, icon("sliders"), h("h2", {}, "Style and size"), summary, h("span", { class: "look-chevron" }, icon("chevron"))),
      h(
        "div",
        { class: "look-body" },
        h("div", { class: "look-grid" }, preset.node, renderer.node),
        shape.node,
        direction.node,
        h("div", { class: "look-grid look-direction" }, director.node, review.node),
        h("div", { class: "look-grid" }, field("Framing", framing), field("Background", background), field("Frames", fps), field("Captions", captions)),
        sliders.node,
        h("div", { class: "look-grid" }, ...enhancement.nodes, field("Variation", seed, "Another number blinks and nods at other moments")),
      ),
    ),
  );
  node.addEventListener("change", onChange);

  return {
    /** @returns {Look} */
    value() {
      const { width, height, name } = shape.value();
      const words = direction.value();
      const controls = sliders.value();
      const fields = {
        resolution: `${width}x${height}`,
        ...(fps.value && { fps: fps.value }),
        ...(framing.value && { framing: framing.value }),
        ...(background.value && { background: background.value }),
        ...(background.value === "transparent" && { format: "webm" }),
        ...(words && { direction: words }),
        ...(captions.value && { burn_captions: true }),
        ...(preset.value() && { preset: preset.value() }),
        ...(renderer.value() && { renderer: renderer.value() }),
        ...enhancement.fields(),
        ...(director.value() && { director: director.value() }),
        ...(review.value() && { review: true }),
        ...(Object.keys(controls).length > 0 && { controls }),
        ...(seed.value && { seed: Number(seed.value) }),
      };
      const line = [name, preset.value() && `${preset.value()} quality`, words, Object.keys(controls).length > 0 && "own expression", review.value() && "reviewed first"].filter(Boolean).join(" · ");
      summary.textContent = line;
      return { width, height, fields, summary: line };
    },
  };
}

/** @param {string} name @param {string[][]} options */
function choice(name, options) {
  return h("select", { class: "select", id: freshId(name), name }, ...options.map(([value, words]) => h("option", { value }, words)));
}

/** @param {string} words @param {HTMLElement} control @param {string} [hint] */
function field(words, control, hint) {
  const id = freshId("hint");
  if (hint) control.setAttribute("aria-describedby", id);
  return h("div", { class: "field" }, h("label", { for: control.id }, words), control, hint && h("p", { class: "hint", id }, hint));
}
