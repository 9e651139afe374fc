import { fragmentPlayer } from "./fragment_player.js";
import { framePlayer } from "./frame_player.js";

/**
 * @typedef {import("./live_types.js").Media} Media
 * @typedef {{take: (media: Media) => void, mute: (isMuted: boolean) => void, close: () => void}} Player
 */

/** @param {string} codec of the sound */
const isPlayed = (codec) => sourceKind()?.isTypeSupported(`video/mp4; codecs="avc1.42E01F,${codec}"`) ?? false;

/** What comes over a WebSocket: fragments where the browser plays them, with the sound that is there first; else single pictures. */
export function pictureForm() {
  if (isPlayed("opus")) return { video: "fmp4", sound_codec: "opus" };
  return { video: isPlayed("mp4a.40.2") ? "fmp4" : "jpeg" };
}

/** @returns {typeof MediaSource | undefined} */
function sourceKind() {
  const { ManagedMediaSource: managed, MediaSource: usual } = /** @type {any} */ (globalThis);
  return managed ?? usual;
}

/**
 * A player for the pictures and sound of a session.
 *
 * @param {import("./live_types.js").Started} started
 * @param {HTMLVideoElement} video
 * @param {HTMLCanvasElement} canvas
 * @param {AudioContext} context
 * @returns {Player}
 */
export function playerOf(started, video, canvas, context) {
  const Source = sourceKind();
  if (started.video === "fmp4" && Source) return fragmentPlayer(new Source(), started.mime, video);
  return framePlayer(started, canvas, context);
}
