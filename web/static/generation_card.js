import { h } from "./dom.js";
import { icon } from "./icon.js";
import { textBlock } from "./json_block.js";
import { precise } from "./words.js";

/** @typedef {import("./trace_reading.js").Span} Span */

const ASKED_WITH = "Asked with";

/**
 * A language model's answer: who was asked, what it cost, the prompt and the answer, and whether it could be played.
 *
 * @param {Span} span
 * @param {AbortSignal} signal
 */
export function generationCard(span, signal) {
  const told = span.attributes;
  const [asked, answered] = [messages(told["gen_ai.input.messages"]), messages(told["gen_ai.output.messages"])];
  return h(
    "div",
    { class: "generation" },
    h("dl", { class: "generation-figures" }, ...figures(span).map(([name, value]) => h("div", { class: name === ASKED_WITH && "is-wide" }, h("dt", {}, name), h("dd", { class: "figures" }, value)))),
    verdict(span),
    ...asked.map(({ role, text }, index) => textBlock(titleOf(role, index, asked.length), text, signal, index === asked.length - 1 && asked.length > 2)),
    ...answered.map(({ text }) => textBlock("Answer", text, signal)),
    !answered.length && h("p", { class: "muted" }, "There was no answer."),
  );
}

/** @param {Span} span @returns {[string, string][]} */
function figures({ attributes: told, start, end }) {
  const tokens = (/** @type {string} */ name) => (typeof told[name] === "number" ? told[name].toLocaleString("en") : null);
  const [read, written] = [tokens("gen_ai.usage.input_tokens"), tokens("gen_ai.usage.output_tokens")];
  const cost = told["avatar.cost_usd"];
  const first = told["gen_ai.response.time_to_first_chunk"];
  const settings = Object.entries(told).filter(([name]) => name.startsWith("gen_ai.request.") && name !== "gen_ai.request.model");
  /** @type {[string, string | null][]} */
  const all = [
    ["Model", text(told["gen_ai.response.model"] ?? told["gen_ai.request.model"])],
    ["Asked at", text(told["gen_ai.provider.name"] ?? told["avatar.endpoint"])],
    ["Tokens", read || written ? `${read ?? "?"} in, ${written ?? "?"} out` : null],
    ["Cost", typeof cost === "number" ? money(cost) : null],
    ["First token", typeof first === "number" ? precise(first) : null],
    ["Whole answer", precise(end - start)],
    [ASKED_WITH, settings.map(([name, value]) => `${name.replace("gen_ai.request.", "").replaceAll("_", " ")} ${value}`).join(", ") || null],
  ];
  return /** @type {[string, string][]} */ (all.filter(([, value]) => value));
}

/** @param {Span} span */
function verdict({ attributes: told, failure }) {
  if (failure) return null;
  const problem = text(told["avatar.content.problem"]);
  if (told["avatar.valid"] === false) return note("warning", "This answer could not be played.", problem ?? "");
  const isRepair = Number(told["avatar.attempt"] ?? 1) > 1;
  const mended = told["avatar.problems"];
  const mends = typeof mended === "object" && mended !== null && !Array.isArray(mended) ? Object.entries(mended).map(([name, count]) => `${name.replaceAll("_", " ")}: ${count}`) : [];
  if (isRepair) return note("good", "This is the repair of the answer before.", mends.join(", "));
  return mends.length ? note("warning", "The answer was played with these corrections.", mends.join(", ")) : null;
}

/** @param {"good" | "warning"} tone @param {string} title @param {string} more */
function note(tone, title, more) {
  return h("div", { class: `note note-${tone}` }, icon(tone === "good" ? "check" : "alert"), h("p", { class: "note-title" }, title), more && h("p", {}, more));
}

/** @param {unknown} given JSON of messages @returns {{role: string, text: string}[]} */
function messages(given) {
  try {
    const found = JSON.parse(String(given ?? "[]"));
    return found.map((/** @type {any} */ { role, parts }) => ({ role, text: parts.map((/** @type {any} */ part) => part.content ?? "").join("\n") }));
  } catch {
    return [{ role: "user", text: String(given) }];
  }
}

/** @param {string} role @param {number} index @param {number} many */
function titleOf(role, index, many) {
  if (role === "system") return "Instructions";
  if (role === "assistant") return "The answer before";
  return index === many - 1 && many > 2 ? "What was asked to be repaired" : "Prompt";
}

/** @param {number} dollars */
function money(dollars) {
  if (dollars === 0) return "free";
  return dollars < 0.01 ? `$${dollars.toPrecision(2)}` : `$${dollars.toFixed(2)}`;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" && value ? value : null;
}
