import { svg } from "./dom.js";

const HEIGHT = 48;
const STEP = 5;
const LEAST = 0.06;
const LARGEST_BYTES = 60_000_000;

/**
 * Bars of a sound's loudness, the part that was played in another colour.
 *
 * @param {number} bars
 */
export function waveform(bars) {
  const lines = Array.from({ length: bars }, (_, index) => bar(index, LEAST));
  const node = svg("svg", { class: "wave", viewBox: `0 0 ${bars * STEP} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...lines);
  return {
    node,
    /** @param {number[]} peaks 0 to 1 each */
    draw(peaks) {
      for (const [index, line] of lines.entries()) set(line, peaks[index] ?? 0);
    },
    /** @param {number} share what was played */
    show(share) {
      for (const [index, line] of lines.entries()) line.classList.toggle("is-played", (index + 0.5) / bars < share);
    },
  };
}

/** @param {number} index @param {number} height */
function bar(index, height) {
  const x = index * STEP + STEP / 2;
  const line = svg("line", { x1: x, x2: x, "stroke-width": 3, "stroke-linecap": "round" });
  set(line, height);
  return line;
}

/** @param {SVGLineElement} line @param {number} height */
function set(line, height) {
  const half = (Math.max(LEAST, Math.min(1, height)) * (HEIGHT - 4)) / 2;
  line.setAttribute("y1", String(HEIGHT / 2 - half));
  line.setAttribute("y2", String(HEIGHT / 2 + half));
}

/**
 * The loudest moment in each of `count` stretches, the loudest of all being 1; flat where the browser cannot tell.
 *
 * @param {Blob} sound
 * @param {number} count
 * @returns {Promise<number[]>}
 */
export async function peaksOf(sound, count) {
  if (sound.size > LARGEST_BYTES) return [];
  const context = new OfflineAudioContext(1, 1, 16_000);
  const decoded = await sound.arrayBuffer().then((bytes) => context.decodeAudioData(bytes)).catch(() => null);
  if (!decoded) return [];
  const samples = decoded.getChannelData(0);
  const width = Math.max(1, Math.floor(samples.length / count));
  const peaks = Array.from({ length: count }, (_, index) => {
    const stretch = samples.subarray(index * width, (index + 1) * width);
    return stretch.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  });
  const loudest = Math.max(...peaks, 0.01);
  return peaks.map((peak) => peak / loudest);
}
