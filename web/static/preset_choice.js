import { fill, freshId, h } from "./dom.js";
import { sentenceCase } from "./words.js";

/** @typedef {import("./types.js").PresetOffer} PresetOffer */

/**
 * The quality: what fills in whatever else is left open.
 *
 * @param {Promise<import("./types.js").ServiceStatus | null>} status
 * @param {(preset: PresetOffer | null) => void} onChoice
 */
export function presetChoice(status, onChoice) {
  const [id, about] = [freshId("preset"), freshId("hint")];
  const select = h("select", { class: "select", id, name: "preset", "aria-describedby": about }, h("option", { value: "" }, "Usual"));
  const hint = h("p", { class: "hint", id: about });
  /** @type {PresetOffer[]} */
  let presets = [];

  const chosen = () => presets.find(({ name }) => name === select.value) ?? null;

  function show() {
    fill(hint, chosen()?.summary ?? "The size below, as the service encodes it.");
    onChoice(chosen());
  }

  async function load() {
    presets = (await status)?.presets ?? [];
    for (const { name, shorter_side: side } of presets) select.append(h("option", { value: name }, `${sentenceCase(name)}: ${side}p`));
  }

  select.addEventListener("change", show);
  fill(hint, "The size below, as the service encodes it.");
  void load();
  return { node: h("div", { class: "field" }, h("label", { for: id }, "Quality"), select, hint), value: () => select.value };
}
