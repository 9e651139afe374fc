/**
 * How to connect to live sessions, as the service tells it.
 *
 * @param {import("./api.js").Api} api
 * @param {AbortSignal} signal
 * @returns {Promise<import("./live_types.js").LiveConfig>}
 */
export async function liveConfig(api, signal) {
  const told = await api.get("/api/v1/live/config", signal);
  const servers = told.ice_servers.map((/** @type {RTCIceServer} */ { urls, username, credential }) => (username && credential ? { urls, username, credential } : { urls }));
  return { webrtc: told.webrtc, why: told.why, ice_servers: servers, dialogue: told.dialogue ?? null, recogniser: told.recogniser ?? null };
}

/** Whether typed and spoken words are answered; taken for so where it is not known. @param {import("./live_types.js").LiveConfig} config */
export function answers({ dialogue }) {
  return dialogue === null || dialogue.name !== null;
}
