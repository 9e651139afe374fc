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
 * @typedef {import("./recording.js").Recording} Recording
 * @typedef {{sound: Blob, name: string}} Take
 */

const METER_BARS = 36;

/**
 * A recording of a voice: from the microphone, or a file. It stays in the browser until somebody sends it.
 *
 * @param {number} least seconds that it must last
 * @param {string} [refused] what is said in place of the microphone's own trouble
 */
export function voiceTake(least, refused = "choose a sound file") {
  /** @type {Take | null} */
  let given = null;
  /** @type {Recording | null} */
  let recording = null;
  const begin = latest();
  const file = h("input", { class: "unseen", type: "file", accept: "audio/*,video/*", name: "voice-file" });
  const choose = h("label", { class: "button" }, file, icon("sound"), "Choose a file");
  const record = h("button", { class: "button", type: "button" }, h("span", { class: "record-dot" }), "Record");
  const said = h("p", { class: "unseen", role: "status" });
  const body = h("div", { class: "voice-take" });
  const node = h("div", { class: "field" }, body, said);

  function showStart() {
    begin();
    given = null;
    fill(body, h("div", { class: "voice-take-ways" }, record, choose));
  }

  async function start() {
    const signal = begin();
    record.disabled = true;
    try {
      const opened = await openRecording();
      if (signal.aborted) await opened.stop();
      else showLive((recording = opened));
    } catch (error) {
      if (signal.aborted) return;
      showStart();
      body.append(problemNote(microphoneProblem(error, refused)));
    }
    record.disabled = false;
  }

  /** @param {Recording} live */
  function showLive(live) {
    const time = h("span", { class: "figures" }, "0:00");
    const meter = waveform(METER_BARS);
    const stop = h("button", { class: "button", type: "button" }, icon("stop"), "Stop");
    stop.addEventListener("click", () => void finish());
    fill(body, h("div", { class: "voice-take-live" }, h("span", { class: "record-state" }, h("span", { class: "record-dot is-live" }), time, h("span", { class: "hint" }, `of at least ${clock(least)}`)), meter.node, stop));
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
    if (signal.aborted) return;
    said.textContent = "Recording stopped";
    show({ sound, name: `voice.${extension}` }, "Your recording", seconds, signal);
  }

  /** @param {Take} take @param {string} title @param {number} seconds @param {AbortSignal} signal */
  function show(take, title, seconds, signal) {
    given = take;
    const again = h("button", { class: "button button-small button-quiet", type: "button" }, icon("redo"), "Another one");
    again.addEventListener("click", () => {
      showStart();
      record.focus();
    });
    fill(body, soundPlayer(take.sound, { title, seconds, actions: [again] }, signal));
    again.focus();
  }

  record.addEventListener("click", () => void start());
  file.addEventListener("change", () => {
    const chosen = file.files?.[0];
    file.value = "";
    if (chosen) show({ sound: chosen, name: chosen.name }, chosen.name, 0, begin());
  });
  showStart();

  return {
    node,
    value: () => given,
    isRecording: () => recording !== null,
    focus: () => record.focus(),
    /** Lets go of the microphone, and of the sound. */
    async leave() {
      begin();
      const ending = recording;
      recording = null;
      await ending?.stop();
    },
  };
}
