import { askForCharacter } from "./character_dialog.js";
import { ask } from "./dialog.js";
import { fill, freshId, h } from "./dom.js";
import { faceCard } from "./face_card.js";
import { foundNote } from "./found_note.js";
import { pictureDrop } from "./picture_drop.js";
import { problemNote } from "./problem_note.js";
import { reportCard } from "./report_card.js";

/**
 * @typedef {import("./types.js").Face} Face
 * @typedef {import("./types.js").Character} Character
 */

/**
 * Chooses a face: a character, or a picture that is uploaded at once.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {(face: Face | null) => void} onChange
 */
export function faceStep(node, { api, toast }, onChange) {
  /** @type {Map<string, Face>} */
  const faces = new Map();
  /** @type {Face | null} */
  let chosen = null;
  /** @type {Face | null} */
  let picture = null;
  /** Whether a face was picked by hand since the upload began. */
  let isPicked = false;
  let remembered = localStorage.getItem("face");

  const titleId = freshId("face-title");
  const cards = h("div", { class: "faces", role: "radiogroup", "aria-labelledby": titleId });
  const result = h("div", { class: "face-result", "aria-live": "polite" });
  const report = reportCard(api);
  const drop = pictureDrop(node, api, { found, refused, begun });
  fill(node, h("div", { class: "step-head" }, h("h2", { id: titleId }, "Face")), cards, result, report.node);
  fill(cards, ...Array.from({ length: 3 }, () => h("div", { class: "skeleton face-skeleton" })), drop.node);

  /** @param {AbortSignal} [signal] */
  async function refresh(signal) {
    try {
      const answer = await api.get("/api/v1/characters", signal);
      /** @type {Character[]} */
      const characters = answer.characters ?? answer;
      faces.clear();
      for (const face of [...characters].sort((a, b) => Number(b.built_in) - Number(a.built_in)).map(faceOf)) faces.set(face.value, face);
      if (picture) faces.set(picture.value, picture);
      const wanted = faces.get(chosen?.value ?? remembered ?? "") ?? faces.values().next().value;
      draw();
      if (wanted) choose(wanted);
    } catch (error) {
      if (signal?.aborted) return;
      fill(cards, drop.node);
      fill(result, problemNote(error));
    }
  }

  function draw() {
    fill(cards, ...[...faces.values()].map((face) => faceCard(face, { choose: pick, remove })), drop.node);
  }

  /** @param {Face} face */
  function choose(face) {
    const isNew = chosen?.value !== face.value || chosen.index !== face.index;
    chosen = face;
    for (const input of cards.querySelectorAll("input[type=radio]")) {
      if (input instanceof HTMLInputElement) input.checked = input.value === face.value;
    }
    if (face.kind === "character") localStorage.setItem("face", face.value);
    if (!isNew) return;
    report.show(face);
    onChange(face);
  }

  /** @param {Face} face */
  function pick(face) {
    isPicked = true;
    choose(face);
  }

  function begun() {
    isPicked = false;
    result.replaceChildren();
  }

  /** @param {Face} face @param {string[]} notes */
  function found(face, notes) {
    forget();
    picture = face;
    faces.set(face.value, face);
    draw();
    choose(isPicked && chosen && faces.has(chosen.value) ? chosen : face);
    fill(result, foundNote(face, notes, { save: () => void save(picture ?? face), pick: (index) => swap(face, index) }));
  }

  /** Another face of the picture speaks. @param {Face} face @param {number} index */
  function swap(face, index) {
    isPicked = true;
    picture = { ...face, index, box: face.faces?.[index] ?? null, report: index === 0 ? face.report : null };
    faces.set(picture.value, picture);
    draw();
    choose(picture);
  }

  function forget() {
    if (!picture) return;
    faces.delete(picture.value);
    URL.revokeObjectURL(picture.picture);
    picture = null;
  }

  /** @param {unknown} error */
  function refused(error) {
    fill(result, problemNote(error, drop.again()));
  }

  /** @param {Face} face */
  async function save(face) {
    const saved = await askForCharacter(api, face);
    if (!saved) return;
    if (picture === face) forget();
    toast(`${saved.name} is saved as a character`);
    result.replaceChildren();
    await take(saved.id);
  }

  /** Shows the characters as they are by now, and chooses one of them. @param {string} id */
  async function take(id) {
    chosen = null;
    remembered = id;
    await refresh();
  }

  /** @param {Face} face */
  async function remove(face) {
    const words = "Videos that were made with it stay.";
    const isGone = await ask({ title: `Remove ${face.name}?`, words, action: "Remove", danger: true, submit: () => api.remove(`/api/v1/characters/${face.value}`) }, problemNote);
    if (!isGone) return;
    if (chosen?.value === face.value) chosen = null;
    await refresh();
    cards.querySelector("input")?.focus();
  }

  return {
    value: () => chosen,
    refresh,
    take,
    focus: () => cards.querySelector("input")?.focus(),
  };
}

/** @param {Character} character @returns {Face} */
function faceOf(character) {
  const picture = `/api/v1/characters/${character.id}/portrait?size=640`;
  return { kind: "character", value: character.id, name: character.name, picture, box: character.face ?? null, character };
}
