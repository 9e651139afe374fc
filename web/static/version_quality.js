import { freshId, h } from "./dom.js";
import { sentenceCase } from "./words.js";

/**
 * The quality of another version of a video: as that is, or a preset's size, frame rate and engine.
 *
 * @param {Promise<import("./types.js").ServiceStatus | null>} status
 */
export function versionQuality(status) {
  const id = freshId("quality");
  const select = h("select", { class: "select", id }, h("option", { value: "" }, "As in this video"));

  async function load() {
    for (const { name, shorter_side: side } of (await status)?.presets ?? []) select.append(h("option", { value: name }, `${sentenceCase(name)}: ${side}p`));
  }

  void load();
  return { node: h("div", { class: "version-quality" }, h("label", { for: id }, "Quality"), select), fields: () => (select.value ? { preset: select.value } : {}) };
}
