import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { liveComposer } from "./live_composer.js";
import { liveControls } from "./live_controls.js";
import { liveKeys } from "./live_keys.js";
import { liveStage } from "./live_stage.js";
import { liveTranscript } from "./live_transcript.js";
import { tabs } from "./tabs.js";
import { clock } from "./words.js";

/**
 * @typedef {import("./live_session.js").LiveSession} LiveSession
 * @typedef {import("./live_types.js").Connection} Connection
 * @typedef {import("./live_types.js").EndReason} EndReason
 */

/** @type {Record<EndReason, [title: string, words: string]>} */
const ENDINGS = {
  stopped: ["The session is over", ""],
  idle: ["The session is over", "Nothing was said for a long time."],
  too_long: ["The session is over", "It reached the longest time that the service allows."],
  error: ["The session broke off", "What went wrong stands in the transcript."],
  worker_lost: ["The renderer stopped", "The process that drew this session is gone; another one takes its place."],
  shutting_down: ["The service is going down", "Start again when it is back."],
  client_gone: ["The connection is lost", "The service could not be reached again."],
};

/**
 * The room of a session: stage, composer, transcript and controls.
 *
 * @param {HTMLElement} node
 * @param {LiveSession} session
 * @param {AudioContext} context
 * @param {{leave: () => void, again: () => void}} act
 * @param {AbortSignal} signal
 */
export function liveRoom(node, session, context, act, signal) {
  const room = h("div", { class: "live-room" });
  const stage = liveStage(session, context, { widen: (isWide) => room.classList.toggle("is-wide", isWide) }, signal);
  const transcript = liveTranscript(session, signal);
  const controls = liveControls(session, signal);
  const composer = liveComposer(session, session.wish.mode === "text" ? null : context, { asked: transcript.asked }, signal);
  const talk = h("div", { class: "live-panel" }, transcript.node);
  const direct = h("div", { class: "live-panel" }, controls.node);
  const side = tabs("Beside the stage", [{ label: "Transcript", icon: icon("text"), panel: talk }, { label: "Controls", icon: icon("sliders"), panel: direct }], () => undefined);
  const pill = h("span", { class: "pill live-pill", role: "status", "data-tone": "busy" }, "Connecting");
  const time = h("span", { class: "muted figures live-time" }, "0:00");
  const leave = h("button", { class: "button button-small button-danger", type: "button" }, icon("leave"), "End");
  fill(
    node,
    h("div", { class: "live-head" }, h("h1", { class: "live-name", id: "live-name" }, session.wish.face.name), pill, time, leave),
    room,
  );
  fill(room, h("div", { class: "live-main" }, stage.node, composer.node), h("aside", { class: "card live-side", "aria-label": "Transcript and controls" }, side.list, talk, direct));

  let began = 0;
  const ticking = setInterval(() => {
    if (began && session.connection.state !== "ended") time.textContent = clock((performance.now() - began) / 1000);
  }, 500);
  signal.addEventListener("abort", () => clearInterval(ticking), { once: true });
  leave.addEventListener("click", act.leave);
  session.on("started", () => (began ||= performance.now()), signal);
  session.on("connection", (connection) => {
    const { words, tone } = wordsOf(connection);
    pill.replaceChildren(words);
    pill.dataset["tone"] = tone;
  }, signal);
  session.on("ended", ({ reason }) => {
    const [title, words] = ENDINGS[reason];
    const again = h("button", { class: "button button-primary", type: "button" }, icon("redo"), "Start again");
    const back = h("button", { class: "button live-back", type: "button" }, "Back to the choice");
    again.addEventListener("click", act.again);
    back.addEventListener("click", act.leave);
    stage.close(h("h2", {}, title), h("p", {}, words), h("div", { class: "note-actions" }, again, back));
    leave.hidden = true;
    composer.node.hidden = true;
    again.focus();
  }, signal);
  liveKeys({ cue: controls.press, talk: composer.talk }, signal);
  composer.focus();
}

/** @param {Connection} connection */
function wordsOf({ state, way, why }) {
  if (state === "connecting") return { words: way === "webrtc" ? "Connecting" : "Connecting over WebSocket", tone: "busy" };
  if (state === "reconnecting") return { words: "Reconnecting", tone: "warn" };
  if (state === "ended") return { words: "Ended", tone: "" };
  if (way === "webrtc") return { words: "WebRTC", tone: "good" };
  return { words: why ? `WebSocket: ${why.replace(/\.$/, "")}` : "WebSocket", tone: "good" };
}
