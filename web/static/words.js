/** @typedef {import("./types.js").Job} Job */

/** What happens in each stage, for people. Stages that take no time worth showing have no name. */
export const STAGE_NAMES = new Map([
  ["waiting", "Waiting for the same video elsewhere"],
  ["audio_processing", "Listening to the speech"],
  ["portrait_analysis", "Studying the face"],
  ["expression_tracking", "Following the face in the video"],
  ["emotion_detection", "Sensing the mood"],
  ["mistral_controller", "Directing the performance"],
  ["motion_synthesis", "Planning each movement"],
  ["video_generation", "Drawing the frames"],
  ["assemble", "Joining picture and sound"],
]);

/** Stages that the list of progress joins to one that it shows. */
export const SHOWN_AS = new Map([
  ["soundtrack", "motion_synthesis"],
  ["plan_chunks", "motion_synthesis"],
  ["review", "mistral_controller"],
  ["render", "video_generation"],
  ["quality_enhancement", "video_generation"],
  ["encode", "video_generation"],
]);

/** Short names, for charts. */
export const STAGE_LABELS = new Map([
  ["audio_processing", "Speech"],
  ["portrait_analysis", "Portrait"],
  ["expression_tracking", "Expression"],
  ["emotion_detection", "Mood"],
  ["mistral_controller", "Direction"],
  ["motion_synthesis", "Motion"],
  ["soundtrack", "Sound"],
  ["prepare", "Preparation"],
  ["video_generation", "Drawing"],
  ["assemble", "Joining"],
]);

/** Who tells how somebody feels. */
export const SOURCE_NAMES = new Map([
  ["voice", "voice"],
  ["words", "words"],
  ["face", "face"],
  ["voice_model", "voice by a model"],
  ["face_model", "face by a model"],
]);

/** @type {Record<Job["status"], string>} */
export const STATUS_NAMES = {
  queued: "Waiting",
  running: "In progress",
  waiting_review: "Waiting for review",
  completed: "Ready",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** How people write the names of engines. */
const ENGINE_NAMES = new Map([
  ["wav2lip", "Wav2Lip"],
  ["wav2lip-gan", "Wav2Lip GAN"],
  ["sadtalker", "SadTalker"],
  ["sadtalker-512", "SadTalker 512"],
  ["faster-whisper", "Faster Whisper"],
  ["espeak", "eSpeak NG"],
  ["xtts", "XTTS"],
]);

const BYTES = ["bytes", "kB", "MB", "GB", "TB"];
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const DATE = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** @param {Job} job */
export function hasEnded(job) {
  return job.status === "completed" || job.status === "failed" || job.status === "cancelled";
}

/** `1:05` @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

/** `about 2 minutes` @param {number} seconds */
export function roughly(seconds) {
  if (seconds < 1.5) return "about a second";
  if (seconds < 60) return `about ${Math.round(seconds)} seconds`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes === 1 ? "about a minute" : `about ${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? "about an hour" : `about ${hours} hours`;
}

/** @param {number} seconds */
export function precise(seconds) {
  if (seconds > 0 && seconds < 0.005) return "< 0.01 s";
  return seconds < 10 ? `${seconds.toFixed(2)} s` : `${seconds.toFixed(1)} s`;
}

/** @param {number} bytes */
export function size(bytes) {
  const step = bytes < 1 ? 0 : Math.min(BYTES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** step;
  return `${value >= 100 || step === 0 ? Math.round(value) : value.toFixed(1)} ${BYTES[step]}`;
}

/** @param {string} iso */
export function ago(iso) {
  const seconds = (Date.parse(iso) - Date.now()) / 1000;
  if (seconds > -45) return "just now";
  if (seconds > -3600) return RELATIVE.format(Math.round(seconds / 60), "minute");
  if (seconds > -86_400) return RELATIVE.format(Math.round(seconds / 3600), "hour");
  if (seconds > -604_800) return RELATIVE.format(Math.round(seconds / 86_400), "day");
  return DATE.format(new Date(iso));
}

/** @param {string} iso */
export function date(iso) {
  return DATE.format(new Date(iso));
}

/** @param {number} count @param {string} one @param {string} many */
export function counted(count, one, many) {
  return `${count} ${count === 1 ? one : many}`;
}

/** @param {string} text */
export function sentenceCase(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** @param {string} name of an engine */
export function engineName(name) {
  return ENGINE_NAMES.get(name) ?? sentenceCase(name);
}

/** Who speaks and what: a label names both. @param {string} label */
export function whoAndWhat(label) {
  const [who = "", ...what] = label.split(" · ");
  return { who, what: what.join(" · ") };
}
