import { fill, freshId, h } from "./dom.js";
import { valueSlider } from "./value_slider.js";

const USUAL_STRENGTH = 0.8;
const WAYS = [["", "Automatic"], ["none", "None"], ["detail", "Detail, without flicker"], ["gfpgan", "GFPGAN: the face restored"]];
const SIZES = [["", "As it is drawn"], ["720p", "720p"], ["1080p", "1080p"]];
/** @type {Record<string, string>} */
const ABOUT = {
  "": "GFPGAN on a graphics card; else what is enlarged is sharpened.",
  none: "The frames as the engine draws them.",
  detail: "A classical pass: finer detail, calmer pixels, on any processor.",
  gfpgan: "A network restores the face. Without a graphics card it takes seconds a frame.",
};
const NEEDED = "gfpgan";

/**
 * What makes the frames better, how strongly, and how large the file is.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function enhancementChoice(api, onChange) {
  const about = freshId("hint");
  const way = choice("enhance", WAYS);
  const upscale = choice("upscale", SIZES);
  const hint = h("p", { class: "hint", id: about });
  let strength = USUAL_STRENGTH;
  const slider = valueSlider({ words: "Strength", least: 0, most: 1, step: 0.05, said: (value) => `${Math.round(100 * value)} %` }, (value) => {
    strength = value;
    slider.show(value);
    onChange();
  });
  way.setAttribute("aria-describedby", about);

  function show() {
    fill(hint, ABOUT[way.value] ?? "");
    slider.node.hidden = !hasStrength();
  }

  const hasStrength = () => way.value === "detail" || way.value === "gfpgan";

  async function load() {
    /** @type {import("./types.js").ModelFiles | null} */
    const found = await api.get("/api/v1/models").catch(() => null);
    const file = found?.models.find(({ key }) => key === NEEDED);
    const option = [...way.options].find(({ value }) => value === NEEDED);
    if (!option || (file?.state === "present" && file.allowed)) return;
    option.disabled = true;
    option.textContent = "GFPGAN (its model file is not here)";
  }

  way.addEventListener("change", show);
  slider.show(strength);
  show();
  void load();
  return {
    nodes: [h("div", { class: "field" }, h("label", { for: way.id }, "Enhancement"), way, hint, slider.node), h("div", { class: "field" }, h("label", { for: upscale.id }, "Enlarge to"), upscale)],
    /** What the request says of it. */
    fields() {
      return {
        ...(way.value && { enhance: way.value }),
        ...(hasStrength() && strength !== USUAL_STRENGTH && { enhance_strength: strength }),
        ...(upscale.value && { upscale: upscale.value }),
      };
    },
  };
}

/** @param {string} name @param {string[][]} options */
function choice(name, options) {
  return h("select", { class: "select", id: freshId(name), name }, ...options.map(([value, words]) => h("option", { value }, words)));
}
