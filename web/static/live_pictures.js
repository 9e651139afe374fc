import { fragmentPlayer } from "./fragment_player.js";
import { framePlayer } from "./frame_player.js";

/**
 * @typedef {import("./live_types.js").Media} Media
 * @typedef {{take: (media: Media) => void, mute: (isMuted: boolean) => void, close: () => void}} Player
 */

const USUAL_TYPES = ['video/mp4; codecs="avc1.42E01F,mp4a.40.2"', 'video/mp4; codecs="avc1.42E01F,opus"'];

/** What pictures come as over a WebSocket: fragments where the browser plays them, single pictures elsewhere. */
export function pictureForm() {
  return USUAL_TYPES.some((type) => sourceKind()?.isTypeSupported(type)) ? "fmp4" : "jpeg";
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
