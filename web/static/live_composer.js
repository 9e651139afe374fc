import { fill, freshId, h } from "./dom.js";
import { icon } from "./icon.js";
import { answers } from "./live_config.js";
import { microphonePanel } from "./live_microphone_panel.js";
import { prose } from "./prose.js";

const LONGEST_TEXT = 5000;

/** @typedef {"ask" | "say"} Manner */

/**
 * Where somebody types or speaks: text that is said word for word or answered, the microphone, and the button that
 * stops the avatar.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AudioContext | null} context none where the session takes no sound
 * @param {{asked: (text: string) => void}} tell
 * @param {AbortSignal} signal
 */
export function liveComposer(session, context, tell, signal) {
  const id = freshId("line");
  const text = h("textarea", { class: "composer-text", id, rows: 1, maxlength: LONGEST_TEXT, enterkeyhint: "send" });
  const send = h("button", { class: "composer-send", type: "submit", title: "Send" }, icon("send"), h("span", { class: "unseen" }, "Send"));
  const stop = h("button", { class: "button button-small composer-stop", type: "button", disabled: true }, icon("stop"), h("span", { class: "composer-word" }, "Stop speaking"));
  const note = h("p", { class: "hint composer-note" });
  const manner = mannerChoice(session.wish.mode === "text" ? "say" : "ask", show);
  const microphone = context && microphonePanel(session, context, signal);
  const node = h(
    "form",
    { class: "composer", "aria-label": "Talk to the avatar" },
    h("div", { class: "composer-box" }, h("label", { class: "unseen", for: id }, "Text"), text, send),
    h("div", { class: "composer-foot" }, manner.node, microphone?.node, note, stop),
    microphone?.trouble,
  );
  let canAnswer = session.wish.mode !== "puppet" && answers(session.config);

  function show() {
    manner.node.hidden = !canAnswer;
    const isAsking = canAnswer && manner.value() === "ask";
    text.placeholder = isAsking ? "Ask something…" : "Type what shall be said…";
    const why = session.config.dialogue?.why ?? "";
    fill(note, ...(canAnswer || session.wish.mode === "puppet" ? [] : ["No dialogue model: what you type is said word for word. ", ...prose(why)]));
    note.hidden = !note.hasChildNodes();
  }

  function submit() {
    const line = text.value.trim();
    if (!line || session.connection.state !== "live") return;
    const isAsking = canAnswer && manner.value() === "ask";
    session.send({ type: isAsking ? "ask" : "say", text: line });
    if (isAsking) tell.asked(line);
    text.value = "";
    fit();
  }

  function fit() {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
    send.disabled = session.connection.state !== "live";
  }

  node.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", fit);
  stop.addEventListener("click", () => session.send({ type: "clear" }));
  session.on("started", ({ dialogue }) => {
    session.config.dialogue = dialogue;
    canAnswer = session.wish.mode !== "puppet" && dialogue.name !== null;
    show();
  }, signal);
  session.on("speaking", ({ on }) => (stop.disabled = !on), signal);
  session.on("state", ({ state }) => (stop.disabled = state !== "speaking" && state !== "thinking"), signal);
  session.on("connection", fit, signal);
  show();

  return { node, focus: () => text.focus(), talk: microphone?.talk };
}

/** Whether typed text is answered or said. @param {Manner} first @param {() => void} onChange */
function mannerChoice(first, onChange) {
  const name = freshId("manner");
  const option = (/** @type {Manner} */ value, /** @type {string} */ words) => {
    const input = h("input", { class: "unseen", type: "radio", name, value, checked: value === first });
    input.addEventListener("change", onChange);
    return h("label", {}, input, words);
  };
  const node = h("fieldset", { class: "segments segments-small" }, h("legend", { class: "unseen" }, "What happens to typed text"), option("ask", "Ask"), option("say", "Say exactly"));
  return { node, value: () => /** @type {Manner} */ (node.querySelector("input:checked")?.getAttribute("value") ?? first) };
}
