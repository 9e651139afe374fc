import { fill, h } from "./dom.js";
import { faceImage } from "./face_image.js";
import { icon } from "./icon.js";
import { captionLine } from "./live_caption_line.js";
import { liveScreen } from "./live_screen.js";
import { liveStats } from "./live_stats.js";

/** @typedef {import("./live_types.js").Attention} Attention */

/** @type {Record<Attention, string>} */
const ATTENTION = { idle: "", listening: "Listening", thinking: "Thinking", speaking: "Speaking" };

/**
 * The stage: the avatar large, what it says in captions, what it does, and the buttons of the picture.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AudioContext} context
 * @param {{widen: (isWide: boolean) => void}} act
 * @param {AbortSignal} signal
 */
export function liveStage(session, context, act, signal) {
  const screen = liveScreen(session, context, signal);
  const captions = captionLine(session, signal);
  const stats = liveStats(session, screen.frames, signal);
  const mood = h("p", { class: "live-mood", hidden: true }, h("span", { class: "live-waves", "aria-hidden": "true" }, h("i"), h("i"), h("i")), h("span"));
  const veil = h("div", { class: "live-veil", role: "status" });
  const bar = h("div", { class: "live-bar", role: "toolbar", "aria-label": "Picture and sound" });
  const node = h(
    "section",
    { class: "live-stage", "aria-label": `${session.wish.face.name}, live`, "data-attention": "idle" },
    h("div", { class: "live-backdrop", "aria-hidden": "true" }, faceImage(session.wish.face)),
    screen.node,
    captions.node,
    mood,
    stats.node,
    veil,
    bar,
  );

  const isPuppet = session.wish.mode === "puppet";
  const mute = stageSwitch(["Mute", "Unmute"], ["speaker", "speaker_off"], (isOn) => screen.mute(isOn));
  const caption = stageSwitch(["Show captions", "Hide captions"], ["captions", "captions"], (isOn) => {
    captions.show(isOn);
    localStorage.setItem("live-captions", String(isOn));
  });
  const figures = stageSwitch(["Show statistics", "Hide statistics"], ["gauge", "gauge"], (isOn) => stats.show(isOn));
  const wide = stageSwitch(["Large picture", "Usual size"], ["wide", "wide"], act.widen);
  const full = stageSwitch(["Full screen", "Leave full screen"], ["expand", "collapse"], (isOn) => void (isOn ? node.requestFullscreen() : document.exitFullscreen()).catch(() => full.set(!isOn)));
  document.addEventListener("fullscreenchange", () => full.set(document.fullscreenElement === node), { signal });
  fill(bar, mute.node, caption.node, h("span", { class: "live-bar-gap" }), figures.node, wide.node, document.fullscreenEnabled && full.node);
  if (localStorage.getItem("live-captions") !== "false") caption.press();
  if (isPuppet) mute.press();

  /** @param {Attention} attention */
  function attend(attention) {
    node.dataset["attention"] = attention;
    mood.hidden = attention === "idle";
    mood.lastElementChild?.replaceChildren(ATTENTION[attention]);
  }

  session.on("speaking", ({ on }) => attend(on ? "speaking" : "idle"), signal);
  session.on("state", ({ state }) => attend(state), signal);
  session.on("connection", ({ state, attempt }) => {
    if (state === "live") veil.replaceChildren();
    if (state === "connecting") fill(veil, spinner(), "Preparing the stage…");
    if (state === "reconnecting") fill(veil, spinner(), `The connection broke. Coming back${attempt > 1 ? `, attempt ${attempt}` : ""}…`);
    if (state !== "live") attend("idle");
  }, signal);

  return {
    node,
    /** Stands over the picture when all is over. @param {...Node} children */
    close(...children) {
      attend("idle");
      bar.hidden = true;
      stats.show(false);
      fill(veil, ...children);
    },
    toggle: { mute: mute.press, captions: caption.press },
  };
}

function spinner() {
  return h("span", { class: "live-spinner", "aria-hidden": "true" });
}

/**
 * A button of the stage that is on or off.
 *
 * @param {[string, string]} words while off, while on
 * @param {[import("./icon.js").IconName, import("./icon.js").IconName]} icons
 * @param {(isOn: boolean) => void} onChange
 */
function stageSwitch(words, icons, onChange) {
  const node = h("button", { class: "live-button", type: "button" });
  let isOn = false;
  const set = (/** @type {boolean} */ wanted) => {
    isOn = wanted;
    const say = words[Number(isOn)] ?? "";
    fill(node, icon(icons[Number(isOn)] ?? "close"), h("span", { class: "unseen" }, say));
    node.title = say;
    node.classList.toggle("is-on", isOn);
  };
  const press = () => {
    set(!isOn);
    onChange(isOn);
  };
  node.addEventListener("click", press);
  set(false);
  return { node, set, press };
}
