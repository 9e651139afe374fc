const SOUND = 1;
const JPEG = 2;
/** Pictures that wait for their moment; the oldest go where more come. */
const MOST_WAITING = 50;

/**
 * Plays single pictures on a canvas, each at the moment of its sound; without sound, as they come.
 *
 * @param {import("./live_types.js").Started} started
 * @param {HTMLCanvasElement} canvas
 * @param {AudioContext} context
 * @returns {import("./live_pictures.js").Player}
 */
export function framePlayer(started, canvas, context) {
  [canvas.width, canvas.height] = [started.width, started.height];
  const surface = canvas.getContext("2d");
  const gain = new GainNode(context);
  gain.connect(context.destination);
  /** @type {AudioWorkletNode | null} */
  let speaker = null;
  /** @type {Int16Array[]} */
  const early = [];
  /** @type {{at: number, image: ImageBitmap}[]} */
  const waiting = [];
  /** The media clock where sound is played: at `since`, a moment of the context, it stood at `at`. @type {{at: number, since: number} | null} */
  let heard = null;
  let isClosed = false;
  let drawing = requestAnimationFrame(draw);

  async function openSpeaker() {
    await context.audioWorklet.addModule("/static/sound_worklet.js");
    if (isClosed) return;
    speaker = new AudioWorkletNode(context, "sound", { numberOfInputs: 0, outputChannelCount: [1], processorOptions: { rate: started.sound_rate } });
    speaker.connect(gain);
    speaker.port.onmessage = ({ data }) => (heard = { at: data, since: context.currentTime });
    for (const piece of early.splice(0)) speaker.port.postMessage(piece);
  }

  /** @param {import("./live_types.js").Media} media */
  function takeSound({ at, data }) {
    const samples = new Int16Array(data.slice().buffer);
    const piece = /** @type {any} */ ({ at, samples });
    if (speaker) speaker.port.postMessage(piece, [samples.buffer]);
    else early.push(piece);
  }

  /** @param {import("./live_types.js").Media} media */
  async function takePicture({ at, data }) {
    const image = await createImageBitmap(new Blob([data], { type: "image/jpeg" }));
    if (isClosed) return image.close();
    waiting.push({ at, image });
    while (waiting.length > MOST_WAITING) waiting.shift()?.image.close();
  }

  function draw() {
    drawing = requestAnimationFrame(draw);
    const now = heard && context.state === "running" ? heard.at + context.currentTime - heard.since : Infinity;
    /** @type {ImageBitmap | null} */
    let due = null;
    while (waiting[0] && waiting[0].at <= now) {
      due?.close();
      due = waiting.shift()?.image ?? null;
    }
    if (!due) return;
    surface?.drawImage(due, 0, 0, canvas.width, canvas.height);
    due.close();
    canvas.dispatchEvent(new Event("picture"));
  }

  void openSpeaker().catch(() => null);
  return {
    take(media) {
      if (media.kind === SOUND) takeSound(media);
      if (media.kind === JPEG) void takePicture(media);
    },
    mute: (isMuted) => (gain.gain.value = isMuted ? 0 : 1),
    close() {
      isClosed = true;
      cancelAnimationFrame(drawing);
      speaker?.disconnect();
      gain.disconnect();
      for (const { image } of waiting.splice(0)) image.close();
    },
  };
}
