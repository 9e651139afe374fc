/** @typedef {import("./editing_desk.js").EditingDesk} Desk */

/**
 * Plays the sound from the playhead and moves it along, until the signal ends it.
 *
 * @param {Desk} desk
 * @param {string} address of the sound, or of a video that has it
 * @param {{playing: (isOn: boolean) => void, failed: () => void}} listener
 * @param {AbortSignal} signal
 */
export function soundDeck(desk, address, listener, signal) {
  const audio = new Audio();
  audio.preload = "none";
  audio.src = address;
  let own = false;

  function tick() {
    if (audio.paused || signal.aborted) return;
    follow();
    requestAnimationFrame(tick);
  }

  function follow() {
    own = true;
    desk.place(audio.currentTime);
    own = false;
    const { scale, playhead } = desk;
    if (playhead > scale.end || playhead < scale.start) scale.scroll(playhead - scale.seen * 0.08);
  }

  function play() {
    if (desk.playhead >= desk.spoken.duration - 0.05) desk.place(0);
    audio.currentTime = desk.playhead;
    audio.play().catch(() => !signal.aborted && audio.error && listener.failed());
  }

  audio.addEventListener("play", () => {
    listener.playing(true);
    requestAnimationFrame(tick);
  }, { signal });
  audio.addEventListener("pause", () => listener.playing(false), { signal });
  audio.addEventListener("ended", () => {
    listener.playing(false);
    desk.place(desk.spoken.duration);
  }, { signal });
  desk.addEventListener("playhead", () => {
    if (!own && !audio.paused) audio.currentTime = desk.playhead;
  }, { signal });
  signal.addEventListener("abort", () => {
    audio.pause();
    audio.removeAttribute("src");
  }, { once: true });

  return {
    toggle: () => (audio.paused ? play() : audio.pause()),
    pause: () => audio.pause(),
  };
}
