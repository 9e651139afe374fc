import { here } from "./address.js";
import { Problem } from "./api.js";

/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {{init: string, parts: string[], codecs: string, isComplete: boolean}} Playlist
 */

const POLL_MS = 700;
const FIRST_PARTS = 4;
const FIRST_POLL_MS = 200;
const AHEAD_SECONDS = 90;
const BEHIND_SECONDS = 30;
/** Refusals that pass: not there yet, too slow, too early, too many. */
const PASSING = new Set([404, 408, 425, 429]);

/** Whether this browser can put a video together from its parts. */
export function canStream() {
  return "MediaSource" in globalThis;
}

/**
 * Plays a video while it is rendered: reads the playlist again and again, and appends its fragmented-MP4 parts.
 * What is not there yet, or while the service is away, is asked for again until the signal ends it; a refusal ends it.
 *
 * @param {HTMLVideoElement} video
 * @param {string} address of the playlist
 * @param {Api} api
 * @param {AbortSignal} signal
 * @param {() => void} started called once, when the first part is in
 */
export async function playStream(video, address, api, signal, started) {
  let playlist = await nextPlaylist(address, api, signal, 0);
  const init = await patiently(() => api.bytes(playlist.init, signal), signal);
  const source = new MediaSource();
  video.src = URL.createObjectURL(source);
  await once(source, "sourceopen", signal);
  URL.revokeObjectURL(video.src);
  const buffer = source.addSourceBuffer(`video/mp4; codecs="${playlist.codecs}"`);
  await append(buffer, init, signal);

  for (let index = 0; ; index += 1) {
    if (index >= playlist.parts.length && !playlist.isComplete) playlist = await nextPlaylist(address, api, signal, index);
    const part = playlist.parts[index];
    if (part === undefined) break;
    const bytes = await patiently(() => api.bytes(part, signal), signal);
    await room(video, buffer, signal);
    await append(buffer, bytes, signal);
    if (index === 0) started();
  }
  source.endOfStream();
}

/**
 * The playlist, once it has more than `known` parts or is complete. The first parts are short and asked for often.
 *
 * @param {string} address @param {Api} api @param {AbortSignal} signal @param {number} known
 */
async function nextPlaylist(address, api, signal, known) {
  for (;;) {
    const playlist = readPlaylist(await patiently(() => api.text(address, signal), signal), address);
    if (playlist.parts.length > known || playlist.isComplete) return playlist;
    await pause(known < FIRST_PARTS ? FIRST_POLL_MS : POLL_MS, signal);
  }
}

/** @param {string} text @param {string} address @returns {Playlist} */
export function readPlaylist(text, address) {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const resolve = (/** @type {string} */ uri) => here(new URL(uri, new URL(address, location.href)).href) ?? uri;
  const map = lines.find((line) => line.startsWith("#EXT-X-MAP:"));
  const init = /URI="([^"]+)"/.exec(map ?? "")?.[1] ?? "";
  const parts = lines.filter((line) => line && !line.startsWith("#")).map(resolve);
  const codecs = /^# CODECS=(\S+)/m.exec(text)?.[1] ?? "";
  return { init: resolve(init), parts, codecs, isComplete: lines.includes("#EXT-X-ENDLIST") };
}

/** @param {SourceBuffer} buffer @param {ArrayBuffer} bytes @param {AbortSignal} signal */
async function append(buffer, bytes, signal) {
  const done = once(buffer, "updateend", signal);
  buffer.appendBuffer(bytes);
  await done;
}

/**
 * Waits until what lies ahead has been watched, and drops what lies far behind: memory stays flat.
 *
 * @param {HTMLVideoElement} video @param {SourceBuffer} buffer @param {AbortSignal} signal
 */
async function room(video, buffer, signal) {
  const end = () => (buffer.buffered.length > 0 ? buffer.buffered.end(buffer.buffered.length - 1) : 0);
  while (end() - video.currentTime > AHEAD_SECONDS) await pause(POLL_MS, signal);
  const last = video.currentTime - BEHIND_SECONDS - AHEAD_SECONDS;
  if (last <= 0) return;
  const done = once(buffer, "updateend", signal);
  buffer.remove(0, last);
  await done;
}

/**
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {AbortSignal} signal
 */
async function patiently(attempt, signal) {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (signal.aborted || !passes(error)) throw error;
      await pause(POLL_MS, signal);
    }
  }
}

/** @param {unknown} error */
function passes(error) {
  return error instanceof Problem && (error.status === 0 || error.status >= 500 || PASSING.has(error.status));
}

/** @param {number} ms @param {AbortSignal} signal @returns {Promise<void>} */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const end = () => (clearTimeout(timer), reject(signal.reason));
    const timer = setTimeout(() => (signal.removeEventListener("abort", end), resolve()), ms);
    signal.addEventListener("abort", end, { once: true });
  });
}

/** @param {EventTarget} target @param {string} name @param {AbortSignal} signal @returns {Promise<void>} */
function once(target, name, signal) {
  return new Promise((resolve, reject) => {
    target.addEventListener(name, () => resolve(), { once: true, signal });
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
