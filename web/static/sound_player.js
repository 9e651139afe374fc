import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { peaksOf, waveform } from "./waveform.js";
import { clock } from "./words.js";

const BARS = 72;

/**
 * Plays a sound, drawn as bars, until the signal ends it.
 *
 * @param {Blob} sound
 * @param {{title: string, seconds: number, actions: HTMLElement[]}} shown
 * @param {AbortSignal} signal
 */
export function soundPlayer(sound, { title, seconds, actions }, signal) {
  const address = URL.createObjectURL(sound);
  const audio = h("audio", { src: address, preload: "metadata" });
  const button = h("button", { class: "icon-button sound-play", type: "button" });
  const time = h("span", { class: "hint figures" }, clock(seconds));
  const wave = waveform(BARS);
  const place = h("input", { class: "sound-place", type: "range", min: 0, max: 1000, value: 0, "aria-label": "Place in the sound" });

  const length = () => (Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : seconds) || 1;
  const showButton = () => fill(button, icon(audio.paused ? "play" : "pause"), h("span", { class: "unseen" }, audio.paused ? "Play" : "Pause"));
  const showTime = () => {
    const share = audio.currentTime / length();
    wave.show(share);
    place.value = String(Math.round(share * 1000));
    place.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(length())}`);
    time.textContent = audio.currentTime > 0 ? `${clock(audio.currentTime)} / ${clock(length())}` : clock(length());
  };
  button.addEventListener("click", () => void (audio.paused ? audio.play() : audio.pause()));
  place.addEventListener("input", () => {
    audio.currentTime = (Number(place.value) / 1000) * length();
  });
  for (const event of ["play", "pause", "ended"]) audio.addEventListener(event, showButton);
  for (const event of ["timeupdate", "loadedmetadata", "seeked"]) audio.addEventListener(event, showTime);
  signal.addEventListener("abort", () => {
    audio.pause();
    audio.removeAttribute("src");
    URL.revokeObjectURL(address);
  }, { once: true });
  showButton();
  void peaksOf(sound, BARS).then((peaks) => wave.draw(peaks));

  return h(
    "div",
    { class: "sound" },
    button,
    h("div", { class: "sound-wave" }, wave.node, place),
    h("div", { class: "sound-foot" }, h("span", { class: "sound-title" }, title), time, ...actions),
    audio,
  );
}
