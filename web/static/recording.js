/**
 * @typedef {{sound: Blob, seconds: number, extension: string}} Recorded
 * @typedef {object} Recording
 * @property {(show: (levels: number[], seconds: number) => void, most: number) => void} watch
 * @property {() => Promise<Recorded>} stop
 */

const LEVEL_EVERY_MS = 60;
const LEVEL_GAIN = 3.2;
const TYPES = [
  { type: "audio/webm;codecs=opus", extension: "webm" },
  { type: "audio/mp4", extension: "m4a" },
  { type: "audio/ogg;codecs=opus", extension: "ogg" },
];

/**
 * Opens the microphone and records at once. Raises what the browser raises where it may not.
 *
 * @returns {Promise<Recording>}
 */
export async function openRecording() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true } });
  try {
    return record(stream);
  } catch (error) {
    release(stream);
    throw error;
  }
}

/** @param {MediaStream} stream @returns {Recording} */
function record(stream) {
  const kind = TYPES.find(({ type }) => MediaRecorder.isTypeSupported(type));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind.type, audioBitsPerSecond: 128_000 } : {});
  /** @type {Blob[]} */
  const pieces = [];
  recorder.addEventListener("dataavailable", (event) => pieces.push(event.data));
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  recorder.start(1000);

  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(stream).connect(analyser);
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watching;

  return {
    watch(show, most) {
      const samples = new Float32Array(analyser.fftSize);
      /** @type {number[]} */
      const levels = new Array(most).fill(0);
      watching = setInterval(() => {
        analyser.getFloatTimeDomainData(samples);
        levels.push(Math.min(1, loudness(samples) * LEVEL_GAIN));
        levels.shift();
        show(levels, seconds());
      }, LEVEL_EVERY_MS);
    },
    async stop() {
      clearInterval(watching);
      const length = seconds();
      try {
        if (recorder.state !== "inactive") await stopped(recorder);
      } finally {
        release(stream);
        await context.close();
      }
      return { sound: new Blob(pieces, { type: recorder.mimeType }), seconds: length, extension: kind?.extension ?? "webm" };
    },
  };
}

/** @param {MediaRecorder} recorder */
function stopped(recorder) {
  return new Promise((resolve) => {
    recorder.addEventListener("stop", resolve, { once: true });
    recorder.stop();
  });
}

/** Lets go of the microphone. @param {MediaStream} stream */
function release(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Root of the mean square. @param {Float32Array} samples */
function loudness(samples) {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}
