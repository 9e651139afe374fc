import { fill, freshId, h } from "./dom.js";
import { sentenceCase } from "./words.js";

/**
 * Who writes the performance; of one who is not available it says why.
 *
 * @param {import("./api.js").Api} api
 */
export function directorChoice(api) {
  const [id, about] = [freshId("director"), freshId("hint")];
  const select = h("select", { class: "select", id, name: "director", "aria-describedby": about }, h("option", { value: "" }, "Automatic"));
  const hint = h("p", { class: "hint", id: about });
  /** @type {import("./types.js").Director[]} */
  let directors = [];

  function show() {
    const chosen = directors.find(({ name }) => name === select.value);
    const auto = directors.find((director) => director.is_auto);
    const who = chosen ? sentenceCase(chosen.why) : auto ? `${sentenceCase(auto.name)}: ${auto.why}` : "";
    const missing = directors.filter(({ available }) => !available).map(({ name, why }) => h("span", { class: "hint-line" }, `${sentenceCase(name)} is not available: ${why}`));
    fill(hint, who && h("span", { class: "hint-line" }, who), ...missing);
  }

  async function load() {
    /** @type {import("./types.js").ServiceStatus | null} */
    const status = await api.get("/api/v1/status").catch(() => null);
    directors = status?.directors ?? [];
    for (const { name, available } of directors) select.append(h("option", { value: name, disabled: !available }, `${sentenceCase(name)}${available ? "" : " (not available)"}`));
    show();
  }

  select.addEventListener("change", show);
  void load();
  return { node: h("div", { class: "field" }, h("label", { for: id }, "Director"), select, hint), value: () => select.value };
}
