/** Hands on what the microphone hears, as 16-bit samples in pieces of a fiftieth of a second, each with its loudness. */

const { AudioWorkletProcessor, registerProcessor, sampleRate } = /** @type {any} */ (globalThis);
const FULL_SCALE = 32_767;
const PIECE = Math.round(sampleRate / 50);

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.samples = new Int16Array(PIECE);
    this.count = 0;
    this.power = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    for (const sample of inputs[0]?.[0] ?? []) {
      this.samples[this.count] = Math.max(-1, Math.min(1, sample)) * FULL_SCALE;
      this.count += 1;
      this.power += sample * sample;
      if (this.count === this.samples.length) this.hand();
    }
    return true;
  }

  hand() {
    const { samples, power } = this;
    this.port.postMessage({ samples, loudness: Math.sqrt(power / samples.length) }, [samples.buffer]);
    this.samples = new Int16Array(PIECE);
    this.count = 0;
    this.power = 0;
  }
}

registerProcessor("microphone", Microphone);

export {};
