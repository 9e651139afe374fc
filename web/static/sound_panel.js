import { fileZone } from "./file_zone.js";
import { soundPlayer } from "./sound_player.js";
import { clock } from "./words.js";

/** @typedef {import("./types.js").Words} Words */

/** @type {import("./file_zone.js").About} */
const SOUND = {
  kind: "audio",
  name: "sound",
  accept: "audio/*,video/*",
  icon: "sound",
  title: "Drop a sound file here, or choose one",
  hint: "MP3, WAV, M4A, FLAC and more; the sound of a video works too",
  away: { icon: "redo", words: "Use another file" },
};

/**
 * A sound file, uploaded at once; also the sound of a video.
 *
 * @param {import("./api.js").Api} api
 * @param {() => void} onChange
 */
export function soundPanel(api, onChange) {
  const zone = fileZone(
    api,
    SOUND,
    (file, upload) => /** @type {Words} */ ({ kind: "sound", fields: { audio_path: upload.path }, summary: `${file.name}${upload.duration ? ` · ${clock(upload.duration)}` : ""}` }),
    (file, upload, actions, signal) => soundPlayer(file, { title: file.name, seconds: upload.duration ?? 0, actions }, signal),
    onChange,
  );
  return { ...zone, leave: () => zone.node.querySelector("audio")?.pause() };
}
