import { Problem } from "./api.js";

/**
 * @typedef {import("./live_types.js").Transport} Transport
 * @typedef {import("./live_types.js").Told} Told
 */

const GATHER_MS = 1500;
const MEDIA_MS = 6000;
const LOOK_MS = 150;
/** A connection may come back by itself; after so long without it, or without sound and picture, it counts as broken. */
const BROKEN_MS = 4000;
const WATCH_MS = 1000;

/** Why this browser cannot even try it, or nothing. @param {import("./live_types.js").LiveConfig} config */
export function peerLack(config) {
  if (!("RTCPeerConnection" in globalThis)) return "this browser has no WebRTC";
  return config.webrtc ? "" : config.why || "the service has no WebRTC";
}

/**
 * Opens a session over WebRTC, and waits until pictures come. Raises where it is refused or nothing comes.
 *
 * @param {import("./api.js").Api} api
 * @param {RTCIceServer[]} servers
 * @param {Record<string, unknown>} start the message that opens it
 * @param {Told} told
 * @param {AbortSignal} signal ends it
 * @returns {Promise<Transport>}
 */
export async function openPeer(api, servers, start, told, signal) {
  const peer = new RTCPeerConnection({ iceServers: servers, bundlePolicy: "max-bundle" });
  const channel = peer.createDataChannel("messages");
  const voice = peer.addTransceiver("audio", { direction: start["listen"] || start["audio_stream"] ? "sendrecv" : "recvonly" });
  peer.addTransceiver("video", { direction: "recvonly" });
  const transport = transportOf(peer, channel, voice.sender);
  signal.addEventListener("abort", transport.close, { once: true });
  const stream = new MediaStream();
  peer.addEventListener("track", ({ track }) => stream.addTrack(track), { signal });
  channel.addEventListener("message", ({ data }) => told.message(JSON.parse(data)), { signal });
  try {
    await shakeHands(api, peer, start, signal);
    told.stream(stream);
    await pictures(peer, signal);
  } catch (error) {
    transport.close();
    throw error;
  }
  watch(peer, channel, told, signal);
  return transport;
}

/** @param {import("./api.js").Api} api @param {RTCPeerConnection} peer @param {Record<string, unknown>} start @param {AbortSignal} signal */
async function shakeHands(api, peer, start, signal) {
  await peer.setLocalDescription();
  await gathered(peer, signal);
  const { sdp, type } = peer.localDescription ?? {};
  if (!sdp?.includes("a=candidate")) throw new Problem(0, "the browser has no address to be reached at", "", "NoWay");
  const answer = await api.send("/api/v1/webrtc/offer", { sdp, type, start }, signal);
  await peer.setRemoteDescription({ sdp: answer.sdp, type: answer.type });
}

/** Waits for the addresses of this side: the offer takes them all along. @param {RTCPeerConnection} peer @param {AbortSignal} signal @returns {Promise<void>} */
function gathered(peer, signal) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  return new Promise((resolve) => {
    setTimeout(resolve, GATHER_MS);
    peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && resolve(), { signal });
  });
}

/** Waits for the first picture. @param {RTCPeerConnection} peer @param {AbortSignal} signal @returns {Promise<void>} */
function pictures(peer, signal) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setInterval(async () => {
      const tried = performance.now() - began;
      const ice = peer.iceConnectionState;
      if (signal.aborted) stop(() => reject(signal.reason));
      else if (await hasPicture(peer)) stop(resolve);
      else if (ice === "failed" || (tried > MEDIA_MS && ice !== "connected" && ice !== "completed")) stop(() => reject(new Problem(0, "UDP did not get through", "", "NoWay")));
      else if (tried > MEDIA_MS) stop(() => reject(new Problem(0, `no picture came in ${MEDIA_MS / 1000} s`, "", "NoWay")));
    }, LOOK_MS);
    const stop = (/** @type {() => void} */ then) => (clearInterval(timer), then());
  });
}

/** @param {RTCPeerConnection} peer */
async function hasPicture(peer) {
  const report = await peer.getStats();
  return [...report.values()].some((each) => each.type === "inbound-rtp" && each.kind === "video" && each.framesDecoded > 0);
}

/** Tells once when an open connection breaks. @param {RTCPeerConnection} peer @param {RTCDataChannel} channel @param {Told} told @param {AbortSignal} signal */
function watch(peer, channel, told, signal) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isLost = false;
  const lose = () => {
    if (!isLost && !signal.aborted) told.lost("The connection broke.");
    isLost = true;
  };
  channel.addEventListener("close", lose, { signal });
  watchMedia(peer, lose, signal);
  peer.addEventListener("connectionstatechange", () => {
    clearTimeout(timer);
    if (peer.connectionState === "failed" || peer.connectionState === "closed") lose();
    if (peer.connectionState === "disconnected") timer = setTimeout(lose, BROKEN_MS);
  }, { signal });
}

/** Notices where nothing comes any more, long before ICE does. @param {RTCPeerConnection} peer @param {() => void} lose @param {AbortSignal} signal */
function watchMedia(peer, lose, signal) {
  let [bytes, since] = [0, performance.now()];
  const timer = setInterval(async () => {
    const report = await peer.getStats();
    const now = [...report.values()].reduce((sum, each) => sum + (each.type === "inbound-rtp" ? each.bytesReceived : 0), 0);
    if (now > bytes) [bytes, since] = [now, performance.now()];
    else if (performance.now() - since > BROKEN_MS) lose();
  }, WATCH_MS);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}

/** @param {RTCPeerConnection} peer @param {RTCDataChannel} channel @param {RTCRtpSender} voice @returns {Transport} */
function transportOf(peer, channel, voice) {
  /** @type {string[]} */
  const waiting = [];
  channel.addEventListener("open", () => waiting.splice(0).forEach((text) => channel.send(text)), { once: true });
  return {
    way: "webrtc",
    send(message) {
      const text = JSON.stringify(message);
      if (channel.readyState === "open") channel.send(text);
      else if (channel.readyState === "connecting") waiting.push(text);
    },
    sound: () => undefined,
    microphone: (track) => void voice.replaceTrack(track).catch(() => null),
    close() {
      if (channel.readyState === "open") channel.send(JSON.stringify({ type: "stop" }));
      setTimeout(() => peer.close(), channel.readyState === "open" ? 200 : 0);
    },
  };
}
