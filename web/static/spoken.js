/**
 * Where words are, and where they are loudest: a cue on a word peaks there.
 *
 * @typedef {import("./performance_types.js").Spoken} Spoken
 * @typedef {import("./performance_types.js").SpokenWord} SpokenWord
 */

/** The index of the first word that ends after a time. @param {SpokenWord[]} words @param {number} time */
export function firstAfter(words, time) {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.end ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Steps that are wider than this do not tell where within a word it is loudest. */
const WIDEST_STEP_SECONDS = 0.06;

/** The moment at which a word is loudest, as far as the waveform tells; else its middle. @param {Spoken} spoken @param {number} index */
export function peakOf({ words, waveform: { step_seconds: step, peaks } }, index) {
  const word = words[index];
  if (!word) return 0;
  if (step > WIDEST_STEP_SECONDS) return (word.start + word.end) / 2;
  const [first, last] = [Math.floor(word.start / step), Math.ceil(word.end / step)];
  let best = -1;
  for (let place = Math.max(0, first); place < Math.min(last, peaks.length); place += 1) if (best < 0 || (peaks[place] ?? 0) > (peaks[best] ?? 0)) best = place;
  const peak = best < 0 ? (word.start + word.end) / 2 : (best + 0.5) * step;
  return Math.min(Math.max(peak, word.start), word.end);
}

/**
 * The word that is said at a time, or the nearest within a reach in seconds, and its peak.
 *
 * @param {Spoken} spoken @param {number} time @param {number} reach
 * @returns {{word: number, at: number} | null}
 */
export function wordNear(spoken, time, reach) {
  const next = firstAfter(spoken.words, time);
  const away = (/** @type {number} */ index) => {
    const word = spoken.words[index];
    return word ? Math.max(word.start - time, time - word.end, 0) : Infinity;
  };
  const word = away(next - 1) < away(next) ? next - 1 : next;
  return away(word) <= reach ? { word, at: peakOf(spoken, word) } : null;
}

/**
 * The peak of the next word, or of the one before.
 *
 * @param {Spoken} spoken @param {number} time @param {1 | -1} way
 * @returns {{word: number, at: number} | null}
 */
export function nextWord(spoken, time, way) {
  const near = firstAfter(spoken.words, time);
  const places = way > 0 ? [near - 1, near, near + 1, near + 2] : [near + 1, near, near - 1, near - 2];
  for (const word of places) {
    if (word < 0 || word >= spoken.words.length) continue;
    const at = peakOf(spoken, word);
    if ((at - time) * way > 0.002) return { word, at };
  }
  return null;
}
