import { latest } from "./latest.js";

/**
 * @typedef {object} Microphone
 * @property {MediaStreamTrack} track
 * @property {(isHeard: boolean) => void} hear whether its sound goes out
 * @property {() => void} close lets go of it
 */

/**
 * Opens the microphone, with the echo of the avatar's voice taken out. Raises what the browser raises where it may not.
 *
 * @param {AudioContext} context
 * @param {(samples: Int16Array<ArrayBuffer>, loudness: number) => void} take a piece of what is heard
 * @returns {Promise<Microphone>}
 */
export async function openMicrophone(context, take) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 } });
  try {
    return await listen(stream, context, take);
  } catch (error) {
    release(stream);
    throw error;
  }
}

/** @param {MediaStream} stream @param {AudioContext} context @param {(samples: Int16Array<ArrayBuffer>, loudness: number) => void} take @returns {Promise<Microphone>} */
async function listen(stream, context, take) {
  const [track] = stream.getAudioTracks();
  if (!track) throw new DOMException("The stream has no sound.", "NotFoundError");
  await context.audioWorklet.addModule("/static/microphone_worklet.js");
  const source = context.createMediaStreamSource(stream);
  const worklet = new AudioWorkletNode(context, "microphone", { numberOfOutputs: 0 });
  source.connect(worklet);
  worklet.port.onmessage = ({ data }) => {
    if (track.enabled) take(data.samples, data.loudness);
  };
  return {
    track,
    hear: (isHeard) => (track.enabled = isHeard),
    close() {
      worklet.port.onmessage = null;
      source.disconnect();
      release(stream);
    },
  };
}

/** @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/**
 * The microphone of a session, opened when it is first wanted.
 *
 * @param {import("./live_session.js").LiveSession} session
 * @param {AudioContext} context
 * @param {(loudness: number) => void} level
 * @param {AbortSignal} signal lets go of it
 */
export function sessionMicrophone(session, context, level, signal) {
  /** @type {Microphone | null} */
  let open = null;
  const begin = latest();
  const close = () => {
    begin();
    session.microphone(null);
    open?.close();
    open = null;
    level(0);
  };
  signal.addEventListener("abort", close, { once: true });

  return {
    isOpen: () => open !== null,
    /** Raises what the browser raises where it may not. */
    async listen() {
      const opening = begin();
      if (open) return open.hear(true);
      await context.resume();
      const found = await openMicrophone(context, (samples, loudness) => {
        session.sound(samples);
        level(loudness);
      });
      if (opening.aborted || signal.aborted) return found.close();
      open = found;
      session.microphone(found.track);
    },
    /** What was said is over; the microphone stays open. */
    pause() {
      begin();
      open?.hear(false);
      level(0);
      session.send({ type: "end_of_speech" });
    },
    close() {
      if (open) session.send({ type: "end_of_speech" });
      close();
    },
  };
}
