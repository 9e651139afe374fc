import { fill, h } from "./dom.js";
import { latencyBar } from "./live_latency.js";

/**
 * @typedef {import("./live_types.js").Caption} Caption
 * @typedef {import("./live_types.js").Turn} Turn
 * @typedef {{node: HTMLElement, words: HTMLElement, bar: HTMLElement}} Bubble
 */

const NEAR_END_PX = 60;

/**
 * What was said by both sides, with the time that each answer took. What was cut off is marked.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AbortSignal} signal
 */
export function liveTranscript(session, signal) {
  const empty = h("p", { class: "talk-empty muted" }, "What you and the avatar say stands here.");
  const list = h("div", { class: "talk-list", role: "log", "aria-label": "Transcript", tabindex: 0 }, empty);
  /** @type {Bubble | null} */
  let user = null;
  /** @type {Bubble | null} */
  let avatar = null;
  /** The newest sentence of each utterance. @type {Map<string, {span: HTMLElement, caption: Caption}>} */
  const sentences = new Map();
  /** @type {Turn | null} */
  let early = null;
  /** Where the times of each turn stand. @type {Map<number, HTMLElement>} */
  const bars = new Map();
  let typed = "";

  /** @param {HTMLElement} node */
  function add(node) {
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_END_PX;
    empty.remove();
    if (!node.isConnected) list.append(node);
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }

  /** @param {"user" | "avatar"} who @returns {Bubble} */
  function bubble(who) {
    const words = h("p", { class: "talk-words", dir: "auto" });
    const bar = h("div", { class: "talk-bar" });
    const node = h("div", { class: `talk talk-${who}` }, h("p", { class: "talk-who" }, who === "user" ? "You" : session.wish.face.name), words, bar);
    return { node, words, bar };
  }

  /** @param {Caption} caption */
  function hearUser({ text, final: isFinal, language }) {
    if (isFinal && text === typed) {
      typed = "";
      return;
    }
    user ??= bubble("user");
    user.words.textContent = text;
    user.words.lang = language;
    user.node.classList.toggle("is-partial", !isFinal);
    add(user.node);
    avatar = null;
    if (isFinal) user = null;
  }

  /** @param {Caption} caption */
  function hearAvatar(caption) {
    avatar ??= bubble("avatar");
    const span = h("span", { class: `talk-sentence${caption.audible ? "" : " is-silent"}`, lang: caption.language || null }, caption.text);
    avatar.words.append(avatar.words.hasChildNodes() ? " " : "", span);
    sentences.set(caption.utterance, { span, caption });
    add(avatar.node);
    if (early) showTurn(early, avatar.bar);
    early = null;
  }

  /** @param {Turn} turn @param {HTMLElement} bar */
  function showTurn(turn, bar) {
    for (const older of list.querySelectorAll("details[open]")) older.removeAttribute("open");
    bars.set(turn.turn, bar);
    fill(bar, latencyBar(turn));
    add(bar);
  }

  /** @param {string} utterance @param {number} at */
  function cut(utterance, at) {
    const last = sentences.get(utterance);
    sentences.delete(utterance);
    if (!last) return;
    const { span, caption } = last;
    const [said, unsaid] = divided(caption, at);
    fill(span, said, unsaid && h("s", {}, unsaid), h("span", { class: "talk-cut" }, "cut off"));
  }

  session.on("caption", (caption) => (caption.who === "user" ? hearUser(caption) : hearAvatar(caption)), signal);
  session.on("speaking", ({ on, cut: isCut, utterance, at }) => {
    if (!on && isCut) cut(utterance, at);
  }, signal);
  session.on("turn", (turn) => {
    const bar = bars.get(turn.turn) ?? avatar?.bar;
    if (bar) showTurn(turn, bar);
    else early = turn;
  }, signal);
  session.on("started", () => bars.clear(), signal);

  /** @param {string} message @param {string} cure @param {boolean} isBad */
  function tell(message, cure, isBad) {
    add(h("p", { class: `talk-notice${isBad ? " is-bad" : ""}` }, message, cure && ` ${cure}`));
  }
  session.on("notice", ({ message, cure }) => tell(message, cure, false), signal);
  session.on("error", ({ message, cure }) => tell(message, cure, true), signal);
  session.on("started", ({ notes }) => notes.forEach((note) => tell(note, "", false)), signal);

  return {
    node: list,
    /** What was typed to be answered. @param {string} text */
    asked(text) {
      hearUser({ who: "user", text, at: 0, duration: 0, final: true, utterance: "", language: "", audible: true });
      typed = text;
    },
  };
}

/** What was said until a moment, and what was not. @param {Caption} caption @param {number} at @returns {[string, string]} */
function divided({ text, words = [] }, at) {
  let end = 0;
  for (const word of words.filter(({ start }) => start < at)) {
    const place = text.indexOf(word.text, end);
    if (place >= 0) end = place + word.text.length;
  }
  return words.length > 0 ? [text.slice(0, end), text.slice(end)] : [text, ""];
}
