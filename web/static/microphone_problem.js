import { Problem } from "./api.js";

/** Why the microphone cannot be used, and what to do. @param {unknown} error what the browser raised @param {string} instead of the microphone */
export function microphoneProblem(error, instead) {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return new Problem(0, "The browser may not use the microphone.", "Allow it in the address bar, then start again.");
  if (name === "NotFoundError") return new Problem(0, "No microphone was found.", `Plug one in, or ${instead}.`);
  if (!navigator.mediaDevices) return new Problem(0, "The microphone needs a secure address.", "Open the page by https, or on the machine itself by localhost.");
  return new Problem(0, "The microphone cannot be used.", "See whether another program holds it, then start again.");
}
