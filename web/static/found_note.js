import { h } from "./dom.js";
import { faceOutline, wholeImage } from "./face_image.js";
import { icon } from "./icon.js";

/**
 * @typedef {import("./types.js").Box} Box
 * @typedef {import("./types.js").Face} Face
 */

const COUNT_OF_FACES = /^\d+ faces found/;

/**
 * The whole picture with what was found on it, and what can be done with it. Of several faces one is chosen.
 *
 * @param {Face} face
 * @param {string[]} notes
 * @param {{save: () => void, pick: (index: number) => void}} act
 */
export function foundNote(face, notes, act) {
  const faces = face.isFilm ? [] : (face.faces ?? []);
  const isChoice = faces.length > 1;
  const told = isChoice ? notes.filter((note) => !COUNT_OF_FACES.test(note)) : notes;
  const more = isChoice ? ["Choose the one that speaks."] : face.isFilm ? ["It is a video: its mouth will follow the new sound; head, eyes and body stay as they are."] : [];
  const lines = [...more, ...told.filter((note) => !(face.isFilm && note.startsWith("The picture is a video")))];
  const title = isChoice ? `${faces.length} faces found` : face.box ? "Face found" : "Picture ready";
  return h(
    "div",
    { class: `found ${told.length > 0 && !face.isFilm ? "note-warning" : "note-good"}${isChoice ? " found-choice" : ""}` },
    h("span", { class: "found-picture" }, wholeImage(face), isChoice ? facePicker(faces, act.pick) : face.box && !face.isFilm && faceOutline(face.box)),
    h("div", { class: "found-words" }, h("p", { class: "note-title" }, title), ...(lines.length > 0 ? lines : ["Ready to speak. Keep it for next time?"]).map((line) => h("p", { class: "small" }, line))),
    !face.isFilm && saveButton(act.save),
  );
}

/** @param {() => void} save */
function saveButton(save) {
  const button = h("button", { class: "button button-small", type: "button" }, icon("plus"), "Save as a character");
  button.addEventListener("click", save);
  return button;
}

/**
 * A button over each face, from left to right.
 *
 * @param {Box[]} faces
 * @param {(index: number) => void} pick
 */
function facePicker(faces, pick) {
  const ordered = [...faces.entries()].sort(([, one], [, other]) => one.x + one.w / 2 - (other.x + other.w / 2));
  const buttons = ordered.map(([index, box], place) => {
    const words = `Face ${place + 1} of ${faces.length}, from the left`;
    const button = h("button", { class: "face-choice", type: "button", "aria-label": words, "aria-pressed": String(index === 0) }, h("span", { "aria-hidden": "true" }, place + 1));
    for (const [side, share] of [["left", box.x], ["top", box.y], ["width", box.w], ["height", box.h]]) button.style.setProperty(`${side}`, `${Number(share) * 100}%`);
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      pick(index);
    });
    return button;
  });
  return h("span", { class: "face-choices", role: "group", "aria-label": "Which face speaks" }, ...buttons);
}
