/**
 * A time axis on which what passes between the turns of a job takes no room: a review may last for days.
 *
 * @typedef {object} TraceScale
 * @property {(time: number) => number} share where on the axis a moment lies, 0 to 1
 * @property {(time: number) => number} work seconds of work before a moment
 * @property {{share: number, words: string}[]} ticks in seconds of work
 * @property {{share: number, seconds: number}[]} gaps where nothing ran, and for how long
 * @property {number} seconds of work
 */

const LEAST_GAP_SECONDS = 1;
const GAP_SHARE = 0.025;
const NICE = [1, 2, 5, 10];

/**
 * @param {{start: number, end: number}[]} turns by their beginnings
 * @param {number} ticks at most
 * @returns {TraceScale}
 */
export function traceScale(turns, ticks) {
  const busy = joined(turns);
  const worked = Math.max(busy.reduce((sum, { start, end }) => sum + end - start, 0), 1e-6);
  const room = 1 - GAP_SHARE * Math.max(busy.length - 1, 0);
  let before = 0;
  const stretches = busy.map(({ start, end }, index) => {
    const stretch = { start, end, worked: before, from: (before / worked) * room + index * GAP_SHARE };
    before += end - start;
    return stretch;
  });
  const step = niceStep(worked / ticks);

  /** @param {number} time */
  function placeOf(time) {
    const at = stretches.filter(({ start }) => start <= time).at(-1) ?? stretches[0];
    return at ? { from: at.from, earlier: at.worked, inside: Math.min(Math.max(time - at.start, 0), at.end - at.start) } : { from: 0, earlier: 0, inside: 0 };
  }

  /** @param {number} time */
  function share(time) {
    const { from, inside } = placeOf(time);
    return from + (inside / worked) * room;
  }

  /** @param {number} seconds of work */
  function shareOfWork(seconds) {
    const at = stretches.filter(({ worked: earlier }) => earlier <= seconds).at(-1) ?? stretches[0];
    return at ? at.from + ((seconds - at.worked) / worked) * room : 0;
  }

  return {
    share,
    work(time) {
      const { earlier, inside } = placeOf(time);
      return earlier + inside;
    },
    ticks: Array.from({ length: Math.floor(worked / step + 1e-9) + 1 }, (_, index) => ({ share: shareOfWork(index * step), words: `${Number((index * step).toFixed(3))} s` })),
    gaps: stretches.slice(1).map(({ from, start }, index) => ({ share: from - GAP_SHARE, seconds: start - (busy[index]?.end ?? start) })),
    seconds: worked,
  };
}

/** Stretches in which something ran. @param {{start: number, end: number}[]} turns */
function joined(turns) {
  /** @type {{start: number, end: number}[]} */
  const busy = [];
  for (const { start, end } of turns) {
    const last = busy[busy.length - 1];
    if (last && start - last.end < LEAST_GAP_SECONDS) last.end = Math.max(last.end, end);
    else busy.push({ start, end });
  }
  return busy;
}

/** @param {number} rough */
function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-6)));
  return power * (NICE.find((times) => times * power >= rough) ?? 10);
}
