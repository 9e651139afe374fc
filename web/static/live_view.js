import { fill, h } from "./dom.js";
import { latest } from "./latest.js";
import { liveConfig } from "./live_config.js";
import { liveRoom } from "./live_room.js";
import { LiveSession } from "./live_session.js";
import { liveStart } from "./live_start.js";
import { problemNote } from "./problem_note.js";

/**
 * @typedef {import("./live_types.js").LiveConfig} LiveConfig
 * @typedef {import("./live_types.js").Wish} Wish
 */

/**
 * Live: choose who, then talk to it. Whoever leaves the view ends the session and lets go of the microphone.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {AbortSignal} signal
 */
export function liveView(node, context, signal) {
  const start = h("div", { class: "live-choice" }, h("div", { class: "skeleton live-skeleton" }));
  const room = h("div", { class: "live", hidden: true });
  const begin = latest();
  signal.addEventListener("abort", begin, { once: true });
  node.setAttribute("aria-labelledby", "live-title");
  fill(node, h("h1", { class: "unseen", id: "live-title" }, "Live"), start, room);

  async function load() {
    try {
      const config = await liveConfig(context.api, signal);
      fill(node, start, room);
      const panel = liveStart(start, context, config, (wish) => void enter(config, wish, panel), signal);
    } catch (error) {
      if (!signal.aborted) fill(node, h("div", { class: "view-head" }, h("h1", { id: "live-title" }, "Live")), problemNote(error));
    }
  }

  /** @param {boolean} isInRoom */
  function show(isInRoom) {
    start.hidden = isInRoom;
    room.hidden = !isInRoom;
    node.setAttribute("aria-labelledby", isInRoom ? "live-name" : "live-title");
    if (!isInRoom) room.replaceChildren();
    scrollTo({ top: 0, behavior: "instant" });
  }

  function leave() {
    begin();
    show(false);
    start.querySelector("h1")?.focus();
  }

  /** @param {LiveConfig} config @param {Wish} wish @param {ReturnType<typeof liveStart>} panel @param {string} [thread] */
  async function enter(config, wish, panel, thread) {
    const life = begin();
    const sound = new AudioContext({ latencyHint: "interactive" });
    const audio = { codec: "pcm16", rate: sound.sampleRate, channels: 1 };
    const session = new LiveSession(context.api, config, { ...wish, fields: { ...wish.fields, audio } }, thread);
    const close = () => {
      session.close();
      void sound.close().catch(() => null);
    };
    life.addEventListener("abort", close, { once: true });
    addEventListener("pagehide", close, { signal: life });
    show(true);
    liveRoom(room, session, sound, { leave, again: () => void enter(config, wish, panel, session.thread) }, life);
    try {
      await session.open();
    } catch (error) {
      if (life.aborted) return;
      leave();
      panel.refuse(error);
    }
  }

  void load();
}
