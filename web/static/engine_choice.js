import { fill, freshId, h } from "./dom.js";
import { prose } from "./prose.js";
import { engineName, sentenceCase } from "./words.js";

/**
 * Which engine draws; of those that cannot it says why.
 *
 * @param {Promise<import("./types.js").ServiceStatus | null>} status
 */
export function engineChoice(status) {
  const [id, about] = [freshId("renderer"), freshId("hint")];
  const select = h("select", { class: "select", id, name: "renderer", "aria-describedby": about }, h("option", { value: "" }, "Automatic"));
  const hint = h("p", { class: "hint", id: about });
  const missing = h("details", { class: "missing", hidden: true });
  /** @type {import("./types.js").Engine[]} */
  let engines = [];

  function show() {
    const chosen = engines.find(({ name, is_auto: isAuto }) => (select.value ? name === select.value : isAuto));
    fill(hint, chosen && (select.value ? "" : `${engineName(chosen.name)}: `), chosen && (select.value ? sentenceCase(chosen.summary) : chosen.summary));
  }

  async function load() {
    engines = (await status)?.engines ?? [];
    for (const { name, available } of engines) select.append(h("option", { value: name, disabled: !available }, `${engineName(name)}${available ? "" : " (not available)"}`));
    const lacking = engines.filter(({ available }) => !available);
    missing.hidden = lacking.length === 0;
    fill(
      missing,
      h("summary", {}, "Why some are not available"),
      h("ul", {}, ...lacking.map(({ name, why }) => h("li", { class: "hint" }, h("strong", {}, engineName(name)), ": ", ...prose(why)))),
      h("a", { class: "small", href: "#/status" }, "Bring model files on the status page"),
    );
    show();
  }

  select.addEventListener("change", show);
  void load();
  return { node: h("div", { class: "field" }, h("label", { for: id }, "Engine"), select, hint, missing), value: () => select.value };
}
