import { Problem } from "./api.js";

/**
 * @typedef {import("./live_types.js").Transport} Transport
 * @typedef {import("./live_types.js").Told} Told
 */

const OPEN_MS = 30_000;
const HEAD_BYTES = 12;
/** What may wait to be sent before sound of the microphone is left out: half a second of it. */
const MOST_WAITING_BYTES = 48_000;

/**
 * Opens a session over a WebSocket. Raises a `Problem` where it is refused or does not come about.
 *
 * @param {Record<string, unknown>} start the message that opens it
 * @param {Told} told
 * @param {AbortSignal} signal ends it
 * @returns {Promise<Transport>}
 */
export function openSocket(start, told, signal) {
  const address = new URL("/ws", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let isOpen = false;
  /** @type {{message: string, cure: string, code: string} | null} */
  let refusal = null;
  const transport = transportOf(socket);

  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail("The service did not open the session in time.", "Try again; see the service's log if it stays so."), OPEN_MS);
    const end = () => (fail("Called off.", ""), transport.close());
    signal.addEventListener("abort", end, { once: true });

    /** @param {string} message @param {string} cure @param {string} [kind] */
    function fail(message, cure, kind) {
      clearTimeout(timer);
      if (!isOpen) socket.close();
      reject(new Problem(0, message, cure, kind));
    }

    socket.addEventListener("open", () => socket.send(JSON.stringify(start)), { signal });
    socket.addEventListener("message", ({ data }) => {
      if (data instanceof ArrayBuffer) return told.media(mediaOf(data));
      const message = JSON.parse(data);
      if (message.type === "error") refusal = message;
      if (message.type === "started") {
        isOpen = true;
        clearTimeout(timer);
        resolve(transport);
      }
      if (isOpen) told.message(message);
    }, { signal });
    socket.addEventListener("close", ({ reason }) => {
      signal.removeEventListener("abort", end);
      if (isOpen) told.lost("The connection broke.");
      else if (refusal) fail(refusal.message, refusal.cure, refusal.code);
      else fail(reason || "The service does not take live sessions.", "See whether it still runs, and what the status page says.");
    }, { signal });
  });
}

/** @param {WebSocket} socket @returns {Transport} */
function transportOf(socket) {
  return {
    way: "websocket",
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    sound(sound) {
      if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < MOST_WAITING_BYTES) socket.send(sound);
    },
    microphone: () => undefined,
    close() {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "stop" }));
      socket.close();
    },
  };
}

/** @param {ArrayBuffer} frame @returns {import("./live_types.js").Media} */
function mediaOf(frame) {
  const head = new DataView(frame, 0, HEAD_BYTES);
  return { kind: head.getUint8(0), at: head.getFloat64(4), data: new Uint8Array(frame, HEAD_BYTES) };
}
