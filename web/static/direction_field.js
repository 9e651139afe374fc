import { freshId, h } from "./dom.js";

const CHIPS = ["cheerful", "calm", "serious", "warm", "energetic", "confident", "thoughtful", "smiles", "nods a lot", "keeps still", "eye contact"];

/**
 * How to perform it, in words: typed, or put together from chips.
 *
 * @param {() => void} onChange
 */
export function directionField(onChange) {
  const id = freshId("direction");
  const input = h("input", { class: "input", id, name: "direction", maxlength: 500, autocomplete: "off", placeholder: "for example: warm, smiles a little, nods a lot" });
  const phrases = () => input.value.split(",").map((phrase) => phrase.trim()).filter(Boolean);
  const chips = CHIPS.map((words) => {
    const chip = h("button", { class: "chip", type: "button", "aria-pressed": "false" }, words);
    chip.addEventListener("click", () => {
      const others = phrases().filter((phrase) => phrase !== words);
      input.value = (others.length === phrases().length ? [...others, words] : others).join(", ");
      show();
      onChange();
    });
    return chip;
  });
  const show = () => {
    const now = phrases();
    for (const chip of chips) chip.setAttribute("aria-pressed", String(now.includes(chip.textContent ?? "")));
  };
  input.addEventListener("input", () => {
    show();
    onChange();
  });
  return {
    node: h("div", { class: "field" }, h("label", { for: id }, "Direction"), h("div", { class: "chips", role: "group", "aria-label": "Suggestions" }, ...chips), input),
    value: () => input.value.trim(),
  };
}
