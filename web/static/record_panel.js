import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { latest } from "./latest.js";
import { microphoneProblem } from "./microphone_problem.js";
import { problemNote } from "./problem_note.js";
import { openRecording } from "./recording.js";
import { soundPlayer } from "./sound_player.js";
import { waveform } from "./waveform.js";
import { clock } from "./words.js";

/**
 * @typedef {import("./types.js").Words} Words
 * @typedef {import("./recording.js").Recording} Recording
 */

const METER_BARS = 48;

/**
 * Records from the microphone: a level meter, then the recording to listen to, uploaded at once.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function recordPanel(api, onChange) {
  /** @type {Words | null} */
  let given = null;
  /** @type {Recording | null} */
  let recording = null;
  let isOpening = false;
  const begin = latest();
  const said = h("p", { class: "unseen", role: "status" });
  const body = h("div", { class: "record" });
  const node = h("div", { class: "panel" }, body, said);

  function showStart() {
    const button = h("button", { class: "button record-start", type: "button" }, h("span", { class: "record-dot" }), "Start recording");
    button.addEventListener("click", () => void start(button));
    fill(body, h("div", { class: "drop-zone record-idle" }, h("span", { class: "drop-icon" }, icon("microphone")), button, h("span", { class: "hint" }, "Your browser asks for the microphone first")));
  }

  /** @param {HTMLButtonElement} button */
  async function start(button) {
    const signal = begin();
    button.disabled = true;
    isOpening = true;
    given = null;
    onChange();
    try {
      const opened = await openRecording();
      if (signal.aborted) await opened.stop();
      else showLive((recording = opened));
    } catch (error) {
      if (signal.aborted) return;
      showStart();
      body.append(problemNote(microphoneProblem(error, "upload a sound file")));
    }
    if (signal.aborted) return;
    isOpening = false;
    onChange();
  }

  /** @param {Recording} live */
  function showLive(live) {
    const time = h("span", { class: "record-time figures" }, "0:00");
    const meter = waveform(METER_BARS);
    const stop = h("button", { class: "button", type: "button" }, icon("stop"), "Stop");
    stop.addEventListener("click", () => void finish());
    fill(body, h("div", { class: "drop-zone record-live" }, h("span", { class: "record-state" }, h("span", { class: "record-dot is-live" }), "Recording ", time), meter.node, stop));
    said.textContent = "Recording";
    stop.focus();
    live.watch((levels, seconds) => {
      meter.draw(levels.slice(-METER_BARS));
      time.textContent = clock(seconds);
    }, METER_BARS);
  }

  async function finish() {
    const ending = recording;
    recording = null;
    if (!ending) return;
    const signal = begin();
    const { sound, seconds, extension } = await ending.stop();
    said.textContent = "Recording stopped";
    const again = h("button", { class: "button button-small button-quiet", type: "button" }, icon("redo"), "Record again");
    again.addEventListener("click", () => void start(again));
    fill(body, soundPlayer(sound, { title: "Your recording", seconds, actions: [again] }, signal));
    again.focus();
    await send(sound, `recording.${extension}`, seconds, signal);
  }

  /** @param {Blob} sound @param {string} name @param {number} seconds @param {AbortSignal} signal */
  async function send(sound, name, seconds, signal) {
    try {
      const upload = await api.upload("audio", sound, name, signal);
      given = { kind: "sound", fields: { audio_path: upload.path }, summary: `Your recording · ${clock(upload.duration ?? seconds)}` };
    } catch (error) {
      if (signal.aborted) return;
      body.append(problemNote(error));
    }
    onChange();
  }

  function leave() {
    if (isOpening) {
      begin();
      isOpening = false;
      showStart();
    }
    void finish();
    node.querySelector("audio")?.pause();
  }

  showStart();
  return {
    node,
    focus: () => body.querySelector("button")?.focus(),
    value: () => given,
    isRecording: () => recording !== null,
    leave,
  };
}
