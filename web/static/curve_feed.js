import { latest } from "./latest.js";

const RESTING_MS = 250;
const WAITING = "Working out the motion…";

/**
 * Asks for the curves of the motion after each edit, once it rests, and hands them to the track.
 *
 * @param {import("./editing_desk.js").EditingDesk} desk
 * @param {import("./api.js").Api} api
 * @param {string} path of the job
 * @param {ReturnType<typeof import("./curve_track.js").curveTrack>} track
 * @param {AbortSignal} signal
 */
export function feedCurves(desk, api, path, track, signal) {
  const begin = latest();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;
  /** @type {unknown} */
  let drawn = null;

  async function ask() {
    const asking = begin();
    const score = desk.score;
    if (score === drawn) return track.wait("");
    try {
      const found = await api.send(`${path}/curves`, { performance: score }, asking);
      if (asking.aborted) return;
      drawn = score;
      track.show(found);
    } catch (error) {
      if (!asking.aborted && !signal.aborted) track.wait(`The motion is not known: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  desk.history.addEventListener("change", () => {
    clearTimeout(resting);
    track.wait(WAITING);
    resting = setTimeout(() => void ask(), RESTING_MS);
  }, { signal });
  signal.addEventListener("abort", () => {
    clearTimeout(resting);
    begin();
  }, { once: true });
  track.wait(WAITING);
  void ask();
}

