/** The picture may run so far behind what has come before it hurries, and before it leaps. Seconds. */
const HURRY_SECONDS = 0.25;
const LEAP_SECONDS = 1.2;
const LEAD_SECONDS = 0.15;
/** What a second too far behind adds to the pace, and the highest pace: a voice is still itself then. */
const HURRY = 0.3;
const HIGHEST_RATE = 1.15;
const KEPT_SECONDS = 10;

/**
 * Plays fragments as they come, close to the newest.
 *
 * @param {MediaSource} source
 * @param {string} mime
 * @param {HTMLVideoElement} video
 * @returns {import("./live_pictures.js").Player}
 */
export function fragmentPlayer(source, mime, video) {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  const waiting = [];
  /** @type {SourceBuffer | null} */
  let buffer = null;
  const life = new AbortController();
  const { signal } = life;
  video.disableRemotePlayback = true;
  const address = URL.createObjectURL(source);
  video.src = address;
  source.addEventListener("sourceopen", () => {
    URL.revokeObjectURL(address);
    buffer = source.addSourceBuffer(mime);
    buffer.addEventListener("updateend", next, { signal });
    next();
  }, { once: true, signal });
  video.addEventListener("waiting", keepUp, { signal });

  function next() {
    if (!buffer || buffer.updating || source.readyState !== "open") return;
    keepUp();
    const end = endOf(video);
    const start = video.buffered.length > 0 ? video.buffered.start(0) : 0;
    const old = video.currentTime - KEPT_SECONDS;
    if (end > 0 && old - start > KEPT_SECONDS) return buffer.remove(0, old);
    const piece = waiting.shift();
    if (piece) buffer.appendBuffer(piece);
  }

  function keepUp() {
    const behind = endOf(video) - video.currentTime;
    const isBefore = video.buffered.length > 0 && video.currentTime < video.buffered.start(video.buffered.length - 1);
    if (behind > LEAP_SECONDS || (isBefore && behind > 0)) video.currentTime = endOf(video) - LEAD_SECONDS;
    video.playbackRate = Math.min(HIGHEST_RATE, 1 + HURRY * Math.max(0, behind - HURRY_SECONDS));
  }

  return {
    take({ data }) {
      waiting.push(data);
      next();
    },
    mute: (isMuted) => (video.muted = isMuted),
    close() {
      life.abort();
      video.removeAttribute("src");
      video.load();
    },
  };
}

/** Of what has come, in seconds. @param {HTMLVideoElement} video */
function endOf({ buffered }) {
  return buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
}
