import { factorChart, stagesChart } from "./charts.js";
import { fill, h } from "./dom.js";
import { engineCard, isFree, offer } from "./engine_card.js";
import { icon } from "./icon.js";
import { lacks, modelFiles } from "./model_files.js";
import { problemNote } from "./problem_note.js";
import { prose } from "./prose.js";
import { whatItDoes } from "./voices.js";
import { counted, precise, roughly, size, STATUS_NAMES } from "./words.js";

/**
 * @typedef {import("./types.js").ServiceStatus} ServiceStatus
 * @typedef {import("./types.js").Dashboard} Dashboard
 * @typedef {import("./types.js").Performance} Performance
 */

const REFRESH_MS = 3000;
const CHART_JOBS = 24;

/**
 * How the service stands: what it can do, what it does, and how fast.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {AbortSignal} signal
 */
export function statusView(node, context, signal) {
  const { api } = context;
  const now = h("div", { class: "tiles status-tiles" }, ...Array.from({ length: 4 }, () => h("div", { class: "skeleton tile-skeleton" })));
  const trouble = h("div");
  const engines = h("div", { class: "engines" });
  const directors = h("div", { class: "engines" });
  const transcribers = h("div", { class: "engines" });
  const speakers = h("div", { class: "engines" });
  const files = h("div");
  const numbers = h("div", { class: "charts" });
  /** @type {import("./types.js").ModelFile[]} */
  let known = [];
  const show = { engines: onceChanged(engines), directors: onceChanged(directors), transcribers: onceChanged(transcribers) };
  node.setAttribute("aria-labelledby", "status-title");
  fill(
    node,
    h("div", { class: "view-head" }, h("h1", { id: "status-title" }, "Status")),
    trouble,
    now,
    h("section", { class: "status-section", "aria-labelledby": "engines-title" }, h("h2", { id: "engines-title" }, "Engines"), engines),
    h("section", { class: "status-section", "aria-labelledby": "directors-title" }, h("h2", { id: "directors-title" }, "Directors"), directors),
    h("section", { class: "status-section", "aria-labelledby": "words-of-title" }, h("h2", { id: "words-of-title" }, "Words of a sound"), transcribers),
    h("section", { class: "status-section", "aria-labelledby": "voices-title" }, h("h2", { id: "voices-title" }, "Voices"), speakers),
    h("section", { class: "status-section", "aria-labelledby": "models-title" }, h("h2", { id: "models-title" }, "Model files"), files),
    h("section", { class: "status-section", "aria-labelledby": "speed-title" }, h("h2", { id: "speed-title" }, "Performance"), numbers),
  );

  async function status() {
    try {
      /** @type {ServiceStatus} */
      const found = await api.get("/api/v1/status", signal);
      fill(now, ...tiles(found));
      show.engines([found.engines, found.hearing], () => [...found.engines.map((engine) => engineCard(engine, (name) => take(name, false))), ...found.hearing.map(hearerCard)]);
      show.directors(found.directors, () => found.directors.map(directorCard));
      show.transcribers(found.transcribers, () => [nobody(found), ...found.transcribers.map((engine) => engineCard(engine, (name) => take(name, true), true))]);
      showLacks();
      trouble.replaceChildren();
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemNote(error));
    }
  }

  async function voices() {
    try {
      /** @type {import("./voice_types.js").Voices} */
      const found = await api.get("/api/v1/voices", signal);
      fill(speakers, ...found.speakers.map(speakerCard));
    } catch (error) {
      if (!signal.aborted) fill(speakers, problemNote(error));
    }
  }

  /** Offers the files that engines wait for. @param {import("./types.js").ModelFile[]} found */
  function showLacks(found = known) {
    known = found;
    for (const button of node.querySelectorAll("button[data-engine]")) {
      if (button instanceof HTMLButtonElement) offer(button, known.filter((model) => lacks(button.dataset.engine ?? "", model)));
    }
  }

  /** @param {string} engine @param {boolean} isOneOf whether any one of its files will do */
  function take(engine, isOneOf) {
    models.reveal(engine);
    if (!isOneOf && isFree(known.filter((model) => lacks(engine, model)))) void models.bring(engine);
  }

  async function performance() {
    try {
      /** @type {[Dashboard, Performance]} */
      const [dashboard, recent] = await Promise.all([api.get("/api/v1/stats/dashboard", signal), api.get(`/api/v1/stats/performance?limit=${CHART_JOBS}`, signal)]);
      const jobs = recent.jobs.filter((job) => !job.served);
      fill(numbers, summary(dashboard), ...(jobs.length > 0 ? [factorChart(jobs, signal), stagesChart(jobs, signal)] : [noNumbers()]));
    } catch (error) {
      if (!signal.aborted) fill(numbers, problemNote(error));
    }
  }

  function look() {
    void status();
    void voices();
  }

  const models = modelFiles(files, context, signal, { arrived: look, looked: showLacks });
  const timer = setInterval(() => void status(), REFRESH_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  look();
  void performance();
}

/**
 * Fills the node anew where what it shows has changed: who reads it keeps the place.
 *
 * @param {HTMLElement} node
 * @returns {(value: unknown, cards: () => (HTMLElement | null)[]) => void}
 */
function onceChanged(node) {
  let shown = "";
  return (value, cards) => {
    const text = JSON.stringify(value);
    if (text === shown) return;
    shown = text;
    fill(node, ...cards());
  };
}

/** @param {ServiceStatus} status */
function tiles(status) {
  const { counts, max, oldest_wait: wait } = status.queue;
  const busy = status.workers.filter((worker) => worker.job_id).length;
  const workers = status.workers.length;
  const rest = /** @type {const} */ (["completed", "failed", "cancelled"]).map((each) => `${counts[each]} ${STATUS_NAMES[each].toLowerCase()}`).join(", ");
  const used = 1 - status.disk.free_bytes / status.disk.total_bytes;
  return [
    tile("Queue", `${counts.queued} waiting`, counts.queued > 0 ? `${roughly(wait)} for the first; room for ${max}` : `Room for ${max}`),
    tile("Videos", `${counts.running} in progress`, rest),
    tile("Workers", workers === 0 ? "None" : `${busy} of ${workers} busy`, workers === 0 ? "Nobody makes videos: start `python main.py worker`" : counted(workers, "worker is alive", "workers are alive"), workers === 0),
    liveTile(status.live),
    tile("Machine", status.gpu ?? "No graphics card", status.device),
    tile("Disk", `${size(status.disk.free_bytes)} free`, `of ${size(status.disk.total_bytes)}`, false, used),
    tile("Version", status.version, h("a", { href: "/openapi.json" }, "REST interface")),
  ];
}

/** @param {import("./live_types.js").LiveState} live */
function liveTile({ workers, ready, sessions, capacity, restarts, frame_milliseconds: pace }) {
  if (workers === 0) return tile("Live", "Off", "`LIVE_WORKERS` is 0");
  if (ready === 0) return tile("Live", sessions > 0 ? "Starting again" : "At rest", `${counted(workers, "worker begins", "workers begin")} with the first session`);
  const told = [`${ready} of ${counted(workers, "worker", "workers")} ready`, pace && `${pace.toFixed(1)} ms a frame`, restarts > 0 && counted(restarts, "restart", "restarts")];
  return tile("Live", `${sessions} of ${counted(capacity, "session", "sessions")}`, told.filter(Boolean).join(", "), false, capacity > 0 ? sessions / capacity : undefined);
}

/** @param {string} name @param {string} value @param {Node | string} words @param {boolean} [isBad] @param {number} [share] */
function tile(name, value, words, isBad = false, share) {
  const meter = share !== undefined && h("progress", { class: "progress tile-bar", max: 1, value: share, "aria-label": `${name}: share in use` });
  return h("div", { class: `tile${isBad ? " is-bad" : ""}` }, h("h2", { class: "tile-name" }, name), h("p", { class: "tile-value figures" }, value), meter, h("p", { class: "hint" }, ...(typeof words === "string" ? prose(words) : [words])));
}

/** What is done without an engine that recognises words. @param {ServiceStatus} status */
function nobody(status) {
  if (status.transcribers.some((each) => each.available)) return null;
  return h("p", { class: "hint" }, "Nobody recognises what is said in a sound. A video of it has captions where its words are given; everything else works.");
}

/** @param {import("./types.js").Hearer} hearer */
function hearerCard(hearer) {
  return engineCard({ ...hearer, name: `Hearing: ${hearer.name}`, summary: "Finds where somebody speaks in a recording.", licence: null });
}

/** @param {import("./voice_types.js").SpeakerOffer} speaker */
function speakerCard(speaker) {
  const { name, available, lacks, cure, languages, licence } = speaker;
  const spoken = languages.length > 0 ? `It speaks ${counted(languages.length, "language", "languages")}.` : "";
  return engineCard({ name, summary: whatItDoes(speaker), available, is_auto: false, why: available ? spoken : `${lacks}. ${cure}`, licence });
}

/** @param {import("./types.js").Director} director */
function directorCard(director) {
  return engineCard({ ...director, summary: "Writes what the face does besides the lips.", licence: null });
}

/** @param {Dashboard} dashboard */
function summary(dashboard) {
  const { speed, job_seconds: took, queue_seconds: waited, last_24_hours: day, all_time: all } = dashboard;
  return h(
    "div",
    { class: "tiles chart-summary" },
    tile("Last 24 hours", counted(day.completed, "video", "videos"), `${day.failed} failed, ${day.cancelled} cancelled`),
    tile("All kept videos", counted(all.completed, "video", "videos"), all.video_seconds > 0 ? `${roughly(all.video_seconds)} of film` : "No film yet"),
    tile("Usual speed", speed ? `${speed.median.toFixed(1)} ×` : "–", "seconds of video for each second of work"),
    tile("Usual time", took ? precise(took.median) : "–", waited ? `after ${precise(waited.median)} in the queue` : "for a video"),
  );
}

function noNumbers() {
  return h("div", { class: "card empty" }, icon("motion"), h("h2", {}, "No figures yet"), h("p", {}, "They come with the first finished video."), h("a", { class: "button button-primary", href: "#/" }, "Make a video"));
}
