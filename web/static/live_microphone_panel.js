import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { sessionMicrophone } from "./live_microphone.js";
import { microphoneProblem } from "./microphone_problem.js";
import { problemNote } from "./problem_note.js";

const BARS = 12;
/** Loudness of a near voice, which fills the meter. */
const FULL_LOUDNESS = 0.18;

/**
 * The microphone of a session: hold a button to talk, or leave it open; with a meter of its level.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AudioContext} context
 * @param {AbortSignal} signal
 */
export function microphonePanel(session, context, signal) {
  const meter = levelMeter();
  const trouble = h("div", { class: "composer-trouble" });
  const microphone = sessionMicrophone(session, context, meter.show, signal);
  const hold = h("button", { class: "button button-small composer-hold", type: "button" }, icon("microphone"), h("span", {}, "Hold", h("span", { class: "composer-word" }, " to talk")));
  hold.title = "Or hold the space bar";
  const open = h("button", { class: "button button-small composer-open", type: "button", "aria-pressed": "false" });
  const node = h("div", { class: "composer-voice" }, open, hold, meter.node);
  let isOpen = false;
  let isHeld = false;

  function show() {
    open.setAttribute("aria-pressed", String(isOpen));
    fill(open, icon(isOpen ? "microphone" : "microphone_off"), h("span", { class: "composer-word" }, isOpen ? "Microphone on" : "Microphone off"));
    hold.hidden = isOpen;
    hold.classList.toggle("is-live", isHeld);
    meter.node.classList.toggle("is-live", isOpen || isHeld);
  }

  /** @returns {Promise<boolean>} whether it is heard */
  async function listen() {
    trouble.replaceChildren();
    try {
      await microphone.listen();
      return true;
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemNote(microphoneProblem(error, "type instead")));
      return false;
    }
  }

  async function turn() {
    isOpen = !isOpen;
    show();
    if (!isOpen) return microphone.close();
    if (!(await listen())) isOpen = false;
    show();
  }

  async function press() {
    if (isHeld || isOpen) return;
    isHeld = true;
    show();
    if (!(await listen())) isHeld = false;
    else if (!isHeld) microphone.pause();
    show();
  }

  function release() {
    if (!isHeld) return;
    isHeld = false;
    if (microphone.isOpen()) microphone.pause();
    show();
  }

  open.addEventListener("click", () => void turn());
  hold.addEventListener("pointerdown", (event) => {
    hold.setPointerCapture(event.pointerId);
    void press();
  });
  for (const name of ["pointerup", "pointercancel", "blur"]) hold.addEventListener(name, release);
  hold.addEventListener("keydown", (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    if (!event.repeat) void press();
  });
  hold.addEventListener("keyup", release);
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  session.on("ended", release, signal);
  show();

  return { node, trouble, talk: { press: () => void press(), release } };
}

function levelMeter() {
  const bars = Array.from({ length: BARS }, () => h("i"));
  const node = h("span", { class: "level", "aria-hidden": "true" }, ...bars);
  return {
    node,
    /** @param {number} loudness root of the mean square, 0 to 1 */
    show(loudness) {
      const lit = Math.round(BARS * Math.min(1, Math.sqrt(loudness / FULL_LOUDNESS)));
      for (const [index, bar] of bars.entries()) bar.classList.toggle("is-lit", index < lit);
    },
  };
}
