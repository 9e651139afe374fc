import { sentenceCase } from "./words.js";

/** @typedef {import("./types.js").ModelFile} ModelFile */

/** Titles of what belongs together, in the order in which it is shown; a name that ends in `-` stands for all that begin with it. */
const GROUPS = [
  { title: "Faces", names: ["face", "tracker"] },
  { title: "Wav2Lip", names: ["wav2lip", "syncnet"] },
  { title: "SadTalker", names: ["sadtalker"] },
  { title: "GFPGAN", names: ["gfpgan", "gfpgan-v13"] },
  { title: "Speech and words", names: ["hear", "whisper-"] },
  { title: "Emotion", names: ["emotion"] },
  { title: "Demo portraits", names: ["demo"] },
];

/**
 * The files by what they are for. A group that has no title of its own is called by its name.
 *
 * @param {ModelFile[]} models
 * @returns {{title: string, models: ModelFile[]}[]}
 */
export function grouped(models) {
  const known = GROUPS.map(({ title, names }) => ({ title, models: models.filter(({ group }) => names.some((name) => belongs(group, name))) }));
  const rest = models.filter((model) => !known.some((group) => group.models.includes(model)));
  const others = [...new Set(rest.map(({ group }) => group))].map((name) => ({ title: sentenceCase(name), models: rest.filter(({ group }) => group === name) }));
  return [...known, ...others].filter((group) => group.models.length > 0);
}

/** @param {string} group @param {string} name */
function belongs(group, name) {
  return name.endsWith("-") ? group.startsWith(name) : group === name;
}
