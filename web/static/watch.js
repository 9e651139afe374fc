/** A page with nothing but a live avatar, for OBS and other programs that show a web page: a WHEP player. */

const CONNECT_MS = 15_000;
const AGAIN_MS = 3_000;

/** Ends one connection; a session that nobody watches ends with it. @typedef {() => void} HangUp */

/** What the address asks for, behind its `#`: `image` or `session`, and `token`, `size`, `fps`, `framing`. */
export function wanted(/** @type {string} */ hash) {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const [session, token] = [asked.get("session"), asked.get("token") ?? ""];
  asked.delete("session");
  asked.delete("token");
  if (!session && !asked.has("image")) asked.set("image", "nova");
  const address = session ? `/api/v1/live/${encodeURIComponent(session)}/whep` : `/api/v1/whep?${asked}`;
  return { address, headers: /** @type {Record<string, string>} */ (token ? { Authorization: `Bearer ${token}` } : {}) };
}

/** @param {RTCPeerConnection} peer */
async function gathered(peer) {
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== "complete") {
    await new Promise((done) => {
      peer.addEventListener("icegatheringstatechange", () => peer.iceGatheringState === "complete" && done(null));
      setTimeout(done, 1_000);
    });
  }
  return peer.localDescription?.sdp ?? "";
}

/**
 * @param {HTMLVideoElement} video
 * @param {{ address: string, headers: Record<string, string> }} where
 * @param {() => void} lost called once the connection has come to its end
 * @returns {Promise<HangUp>}
 */
async function watch(video, { address, headers }, lost) {
  const config = await (await answered(await fetch("/api/v1/live/config", { headers }))).json();
  const peer = new RTCPeerConnection({ iceServers: config.ice_servers.map(known) });
  peer.addTransceiver("audio", { direction: "recvonly" });
  peer.addTransceiver("video", { direction: "recvonly" });
  video.srcObject = new MediaStream(peer.getReceivers().map((receiver) => receiver.track));
  const body = await gathered(peer);
  const answer = await answered(
    await fetch(address, { method: "POST", headers: { ...headers, "Content-Type": "application/sdp" }, body }),
  );
  const connection = answer.headers.get("Location") ?? "";
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  const late = setTimeout(() => peer.connectionState !== "connected" && end(), CONNECT_MS);
  peer.addEventListener("connectionstatechange", () => {
    if (["failed", "closed", "disconnected"].includes(peer.connectionState)) end();
  });
  const hangUp = () => void fetch(connection, { method: "DELETE", headers, keepalive: true }).catch(() => undefined);

  function end() {
    clearTimeout(late);
    peer.close();
    lost();
  }
  return hangUp;
}

/** A server as RTCPeerConnection takes it, which wants no nulls. */
function known(/** @type {{ urls: string[], username: string | null, credential: string | null }} */ server) {
  const { urls, username, credential } = server;
  return username && credential ? { urls, username, credential } : { urls };
}

/** @param {Response} response */
async function answered(response) {
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new Error([problem.detail ?? `The service answered ${response.status}.`, problem.cure ?? ""].join(" ").trim());
}

async function play() {
  const video = /** @type {HTMLVideoElement} */ (document.getElementById("avatar"));
  const note = /** @type {HTMLElement} */ (document.getElementById("note"));
  const again = (/** @type {string} */ why) => {
    note.textContent = why;
    setTimeout(() => void play(), AGAIN_MS);
  };
  try {
    const hangUp = await watch(video, wanted(location.hash), () => again("The connection has ended; trying again."));
    addEventListener("pagehide", hangUp, { once: true });
    note.textContent = "";
    await video.play().catch(() => {
      video.muted = true;
      note.textContent = "Click for sound.";
      addEventListener("click", () => ((video.muted = false), (note.textContent = "")), { once: true });
      return video.play();
    });
  } catch (error) {
    again(error instanceof Error ? error.message : String(error));
  }
}

if (document.getElementById("avatar")) void play();
