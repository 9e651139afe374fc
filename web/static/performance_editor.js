import { here } from "./address.js";
import { feedCurves } from "./curve_feed.js";
import { fill, h } from "./dom.js";
import { dropDraft, putDraft, takeDraft } from "./draft.js";
import { editorHead } from "./editor_head.js";
import { editorTools } from "./editor_tools.js";
import { EditingDesk } from "./editing_desk.js";
import { editingKeys } from "./editing_keys.js";
import { icon } from "./icon.js";
import { inspector } from "./inspector.js";
import { leaveGuard } from "./leave_guard.js";
import { problemNote } from "./problem_note.js";
import { soundDeck } from "./sound_deck.js";
import { stretchPreview } from "./stretch_preview.js";
import { timeline } from "./timeline.js";
import { versionQuality } from "./version_quality.js";

/**
 * @typedef {import("./types.js").Job} Job
 * @typedef {import("./toast.js").Context} Context
 * @typedef {import("./performance_types.js").Score} Score
 * @typedef {{goesOn: (job: Job) => void, close: () => void}} Listener `goesOn` with the job that is rendered then
 */

/**
 * The editor of a job's performance: a timeline, what is selected, and a preview. A job that waits for its review
 * goes on with what is approved; a finished one is made again as another job.
 *
 * @param {HTMLElement} node
 * @param {Context} context
 * @param {Job} job
 * @param {Listener} listener
 * @param {AbortSignal} signal
 */
export async function performanceEditor(node, { api, toast }, job, listener, signal) {
  const path = `/api/v1/jobs/${job.job_id}`;
  const isReview = job.status === "waiting_review";
  fill(node, h("div", { class: "skeleton editor-skeleton" }));
  let tag = "";
  /** @type {EditingDesk} */
  let desk;
  /** @type {Score} */
  let original;
  try {
    const [performance, spoken, written] = await Promise.all([api.tagged(`${path}/performance`, signal), api.get(`${path}/speech`, signal), api.get(`${path}/performance?written=true`, signal)]);
    tag = performance.tag;
    original = written;
    desk = new EditingDesk(performance.value, spoken);
  } catch (error) {
    if (!signal.aborted) fill(node, problemNote(error, again()));
    return;
  }
  const { history } = desk;
  const draft = takeDraft(job.job_id, history.kept);
  if (draft) {
    history.apply(draft);
    toast("Your unsaved edits are back");
  }

  const said = h("p", { class: "unseen", role: "status" });
  const tracks = timeline(desk, signal);
  const details = inspector(desk, signal);
  const deck = soundDeck(desk, here(job.video_url) ?? `${path}/sound`, { playing: (isOn) => (tools.playing(isOn), isOn && preview.pause()), failed: () => head.say(problemNote(new Error("The sound cannot be played."))) }, signal);
  const preview = stretchPreview(desk, api, { path, picture: here(job.thumbnail_url), started: deck.pause }, signal);
  const tools = editorTools(desk, { play: deck.toggle }, signal);
  const quality = isReview ? null : versionQuality(api.get("/api/v1/status", signal).catch(() => null));
  const head = editorHead(desk, quality?.node ?? null, { save, finish, restore: () => history.apply(original), isOriginal: () => JSON.stringify(history.score) === JSON.stringify(original), close }, signal);

  async function save() {
    try {
      const stored = await api.replace(`${path}/performance`, history.score, tag);
      tag = stored.tag;
      history.keep(stored.value.performance);
      head.say(changedNote(stored.value.notes));
      desk.say("Saved");
    } catch (error) {
      head.say(problemNote(error));
    }
  }

  async function finish() {
    deck.pause();
    preview.pause();
    try {
      const going = isReview ? await approve() : await api.send(`${path}/rerender`, { performance: history.score, ...quality?.fields() });
      dropDraft(job.job_id);
      history.keep(history.score);
      listener.goesOn(going);
    } catch (error) {
      head.say(problemNote(error));
    }
  }

  /** Nobody else's edit is overwritten. */
  async function approve() {
    if (history.isEdited) tag = (await api.replace(`${path}/performance`, history.score, tag)).tag;
    return api.send(`${path}/resume`);
  }

  function close() {
    listener.close();
  }

  function again() {
    const button = h("button", { class: "button button-small", type: "button" }, "Try again");
    button.addEventListener("click", () => void performanceEditor(node, { api, toast }, job, listener, signal));
    return button;
  }

  fill(
    node,
    head.node,
    preview.node,
    h("div", { class: "editor-desk card" }, tools.bar, tools.help, tracks.node, h("div", { class: "curves-foot" }, tracks.curves.toggles, tracks.curves.state)),
    details.node,
    said,
  );
  desk.addEventListener("said", (event) => {
    if (event instanceof CustomEvent) said.textContent = event.detail;
  }, { signal });
  editingKeys(node, desk, { play: deck.toggle, preview: preview.play, inspect: details.focus, track: tracks.focus, save: head.save, help: tools.toggleHelp }, signal);
  feedCurves(desk, api, path, tracks.curves, signal);
  leaveGuard(() => history.isEdited, () => history.keep(history.kept), signal);
  signal.addEventListener("abort", () => history.isEdited && putDraft(job.job_id, history.kept, history.score), { once: true });
}

/** What the service changed of what it was given. @param {string[]} notes */
function changedNote(notes) {
  return notes.length === 0 ? null : h("div", { class: "note note-warning" }, icon("alert"), ...notes.map((words) => h("p", {}, words)));
}
