import { Problem } from "./api.js";
import { openPeer, peerLack } from "./live_peer.js";
import { openSocket } from "./live_socket.js";
import { pictureForm } from "./live_pictures.js";

/**
 * @typedef {import("./live_types.js").LiveEvents} LiveEvents
 * @typedef {import("./live_types.js").LiveConfig} LiveConfig
 * @typedef {import("./live_types.js").Connection} Connection
 * @typedef {import("./live_types.js").Transport} Transport
 * @typedef {import("./live_types.js").Wish} Wish
 */

const PING_MS = 2000;
const AGAIN_MS = [300, 800, 1600, 3000, 5000];
/** Refusals that another way would meet as well. */
const SAME_ON_EVERY_WAY = new Set([401, 403, 404, 422, 429]);

/**
 * A live session: it finds a way to the service, goes over to another where that one fails, and comes back with the
 * same memory where the connection breaks. It ends by `close`, or when the service ends it.
 */
export class LiveSession extends EventTarget {
  /** @type {Connection} */
  #connection = { state: "connecting", way: "webrtc", why: "", attempt: 0 };
  /** @type {Transport | null} */
  #transport = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #life = new AbortController();
  #attempt = new AbortController();
  #noPeer = "";
  #hasEnded = false;
  /** Changes of the performance that hold, and are told again to a session that comes in place of a lost one. @type {Record<string, unknown>} */
  #controls = {};

  /**
   * @param {import("./api.js").Api} api
   * @param {LiveConfig} config
   * @param {Wish} wish
   * @param {string} [thread] the memory of a session before
   */
  constructor(api, config, wish, thread = threadName()) {
    super();
    this.api = api;
    this.config = config;
    this.wish = wish;
    this.thread = thread;
    this.#noPeer = peerLack(config);
  }

  get connection() {
    return this.#connection;
  }

  /**
   * @template {keyof LiveEvents} Name
   * @param {Name} name
   * @param {(detail: LiveEvents[Name]) => void} hear
   * @param {AbortSignal} [signal]
   */
  on(name, hear, signal = this.#life.signal) {
    this.addEventListener(name, (event) => hear(/** @type {CustomEvent} */ (event).detail), { signal });
  }

  /** Opens it. Raises a `Problem` where no way leads to it. */
  async open() {
    this.#tell("connecting", {});
    await this.#connect();
  }

  /** @param {Record<string, unknown>} message */
  send(message) {
    this.#transport?.send(message);
  }

  /** Changes control parameters. @param {Record<string, unknown>} controls */
  control(controls) {
    Object.assign(this.#controls, controls);
    this.send({ type: "control", controls });
  }

  /** @param {Int16Array<ArrayBuffer>} sound */
  sound(sound) {
    this.#transport?.sound(sound);
  }

  /** The track of the microphone, for the way that carries tracks. @param {MediaStreamTrack | null} track */
  microphone(track) {
    this.#track = track;
    this.#transport?.microphone(track);
  }

  /** Measures the way there and back again and again, until the signal. @param {AbortSignal} signal */
  measure(signal) {
    const ping = () => this.send({ type: "ping", sent: performance.now() });
    const timer = setInterval(ping, PING_MS);
    AbortSignal.any([signal, this.#life.signal]).addEventListener("abort", () => clearInterval(timer), { once: true });
    ping();
  }

  close() {
    this.#hasEnded = true;
    this.#attempt.abort();
    this.#transport = null;
    this.#life.abort();
  }

  async #connect() {
    if (!this.#noPeer) {
      try {
        return await this.#go("webrtc");
      } catch (error) {
        if (this.#hasEnded || isFinal(error)) throw error;
        this.#noPeer = error instanceof Error ? error.message : String(error);
      }
    }
    this.#tell(this.#connection.state, { way: "websocket", why: this.#noPeer });
    return this.#go("websocket");
  }

  /** @param {import("./live_types.js").Way} way */
  async #go(way) {
    this.#attempt.abort();
    const attempt = (this.#attempt = new AbortController());
    const start = { ...this.#start(), ...(way === "websocket" && pictureForm()) };
    /** @type {import("./live_types.js").Told} */
    const told = {
      message: (message) => attempt.signal.aborted || this.#hear(message),
      media: (media) => this.#emit("media", media),
      stream: (stream) => this.#emit("stream", stream),
      lost: () => void this.#again(),
    };
    try {
      const open = way === "webrtc" ? openPeer(this.api, this.config.ice_servers, start, told, attempt.signal) : openSocket(start, told, attempt.signal);
      this.#transport = await open;
    } catch (error) {
      attempt.abort();
      throw error;
    }
    this.#transport.microphone(this.#track);
    this.#tell("live", { way, why: way === "websocket" ? this.#noPeer : "", attempt: 0 });
  }

  #start() {
    const { face, fields } = this.wish;
    return { type: "start_stream", image: face.value, ...fields, thread: this.thread, controls: this.#controls };
  }

  /** Comes back after the connection broke. */
  async #again() {
    this.#attempt.abort();
    this.#transport = null;
    if (this.#hasEnded) return;
    for (const [index, wait] of AGAIN_MS.entries()) {
      this.#tell("reconnecting", { attempt: index + 1 });
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#hasEnded) return;
      try {
        return await this.#connect();
      } catch (error) {
        if (this.#hasEnded) return;
        if (isFinal(error)) break;
      }
    }
    this.#emit("error", { code: "unreachable", message: "The connection broke and does not come back.", cure: "See whether the service still runs, then start again.", fatal: true, retryable: true });
    this.#end("client_gone");
  }

  /** @param {any} message */
  #hear(message) {
    if (message.type === "pong") return this.#emit("roundtrip", performance.now() - message.sent);
    if (message.type === "ended") return this.#end(message.reason);
    this.#emit(message.type, message);
  }

  /** @param {import("./live_types.js").EndReason} reason */
  #end(reason) {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#tell("ended", {});
    this.#emit("ended", { reason });
    this.close();
  }

  /** @param {Connection["state"]} state @param {Partial<Connection>} more */
  #tell(state, more) {
    this.#connection = { ...this.#connection, ...more, state };
    this.#emit("connection", this.#connection);
  }

  /** @param {string} name @param {unknown} detail */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** Whether no other way, and no later attempt, would fare better. @param {unknown} error */
function isFinal(error) {
  return error instanceof Problem && (SAME_ON_EVERY_WAY.has(error.status) || error.kind.toLowerCase().includes("busy"));
}

/** The memory of the conversation goes by this name, which nobody can guess. */
function threadName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `live-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
