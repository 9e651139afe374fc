/** Plays pieces of sound one after the other, resampled to the rate of the device, close to the newest. */

const { AudioWorkletProcessor, registerProcessor, sampleRate } = /** @type {any} */ (globalThis);
const FULL_SCALE = 32_768;
/** So much waits before it begins, and at most so much before what is oldest is left out. Seconds. */
const LEAD_SECONDS = 0.06;
const MOST_SECONDS = 0.5;
const TELL_BLOCKS = 8;

class SoundPlayer extends AudioWorkletProcessor {
  /** @param {{processorOptions: {rate: number}}} options */
  constructor({ processorOptions: { rate } }) {
    super();
    this.rate = rate;
    this.step = rate / sampleRate;
    /** @type {{at: number, samples: Int16Array}[]} */
    this.pieces = [];
    this.place = 0;
    this.isPlaying = false;
    this.blocks = 0;
    this.port.onmessage = (/** @type {MessageEvent} */ { data }) => this.take(data);
  }

  /** @param {{at: number, samples: Int16Array}} piece */
  take(piece) {
    this.pieces.push(piece);
    while (this.seconds() > MOST_SECONDS && this.pieces.length > 1) {
      this.pieces.shift();
      this.place = 0;
    }
  }

  seconds() {
    return this.pieces.reduce((sum, { samples }) => sum + samples.length, -this.place) / this.rate;
  }

  /** @param {unknown} _inputs @param {Float32Array[][]} outputs */
  process(_inputs, outputs) {
    const [channel] = outputs[0] ?? [];
    if (!channel) return true;
    this.isPlaying ||= this.seconds() >= LEAD_SECONDS;
    for (let index = 0; index < channel.length; index += 1) channel[index] = this.isPlaying ? this.next() : 0;
    this.blocks += 1;
    const first = this.pieces[0];
    if (this.isPlaying && first && this.blocks % TELL_BLOCKS === 0) this.port.postMessage(first.at + this.place / this.rate);
    return true;
  }

  /** The sample at the place, between its two neighbours. */
  next() {
    let first = this.pieces[0];
    while (first && this.place >= first.samples.length) {
      this.place -= first.samples.length;
      this.pieces.shift();
      first = this.pieces[0];
    }
    if (!first) {
      this.isPlaying = false;
      this.place = 0;
      return 0;
    }
    const whole = Math.floor(this.place);
    const now = first.samples[whole] ?? 0;
    const after = first.samples[whole + 1] ?? this.pieces[1]?.samples[0] ?? now;
    const value = now + (after - now) * (this.place - whole);
    this.place += this.step;
    return value / FULL_SCALE;
  }
}

registerProcessor("sound", SoundPlayer);

export {};
