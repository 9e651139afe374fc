import { freshId, h, svg } from "./dom.js";

const SMALLEST = 64;
const LARGEST = 4096;
const USUAL = [
  { name: "Square", width: 512, height: 512 },
  { name: "Portrait", width: 720, height: 1280 },
  { name: "Landscape", width: 1280, height: 720 },
];

/**
 * The video's size: one of the usual shapes, or two numbers.
 *
 * @param {() => void} onChange
 */
export function shapeChoice(onChange) {
  const group = freshId("shape");
  const width = number("Width", 1024);
  const height = number("Height", 1024);
  const own = h("div", { class: "shape-own", hidden: true }, width.node, h("span", { "aria-hidden": "true" }, "×"), height.node);
  let shapes = USUAL;
  const cards = [...shapes.map((shape) => card(group, shape.name, `${shape.width} × ${shape.height}`, shape)), card(group, "Custom", "Your numbers", { width: 900, height: 700 })];
  const inputs = cards.map(({ input }) => input);
  const first = inputs[0];
  if (first) first.checked = true;
  for (const input of inputs) {
    input.addEventListener("change", () => {
      own.hidden = index() !== shapes.length;
      onChange();
    });
  }
  for (const { input } of [width, height]) input.addEventListener("input", onChange);
  const index = () => inputs.findIndex((input) => input.checked);

  return {
    node: h("fieldset", { class: "group" }, h("legend", {}, "Shape"), h("div", { class: "shapes" }, ...cards.map(({ node }) => node)), own),
    value() {
      const shape = shapes[index()];
      if (shape) return { ...shape, name: `${shape.name} ${shape.width} × ${shape.height}` };
      const size = { width: width.value(), height: height.value() };
      return { ...size, name: `${size.width} × ${size.height}` };
    },
    /** The shapes as large as a preset has them; as usual without one. @param {number | null} shorter side in pixels */
    fit(shorter) {
      shapes = shorter === null ? USUAL : USUAL.map((shape) => fitted(shape, shorter));
      shapes.forEach(({ width: wide, height: tall }, place) => cards[place]?.tell(`${wide} × ${tall}`));
    },
  };
}

/** 16 to 9, or a square. @param {{name: string, width: number, height: number}} shape @param {number} shorter */
function fitted({ name, width, height }, shorter) {
  const longer = Math.round((shorter * 8) / 9) * 2;
  return { name, width: width > height ? longer : shorter, height: height > width ? longer : shorter };
}

/** @param {string} group @param {string} name @param {string} words @param {{width: number, height: number}} shape */
function card(group, name, words, shape) {
  const longest = Math.max(shape.width, shape.height);
  const [width, height] = [(shape.width / longest) * 22, (shape.height / longest) * 22];
  const glyph = svg(
    "svg",
    { class: "shape-glyph", viewBox: "0 0 24 24", "aria-hidden": "true" },
    svg("rect", { x: 12 - width / 2, y: 12 - height / 2, width, height, rx: 2.5, "stroke-dasharray": name === "Custom" ? "3 2.6" : null }),
  );
  const input = h("input", { class: "unseen", type: "radio", name: group, value: name });
  const about = h("span", { class: "hint figures" }, words);
  const node = h("label", { class: "shape" }, input, glyph, h("span", { class: "shape-name" }, name), about);
  return { node, input, tell: (/** @type {string} */ text) => about.replaceChildren(text) };
}

/** An even number of pixels. @param {string} words @param {number} start */
function number(words, start) {
  const input = h("input", { class: "input", type: "number", min: SMALLEST, max: LARGEST, step: 2, value: start, "aria-label": `${words} in pixels` });
  return {
    node: input,
    input,
    value: () => Math.min(LARGEST, Math.max(SMALLEST, Math.round((Number(input.value) || start) / 2) * 2)),
  };
}
