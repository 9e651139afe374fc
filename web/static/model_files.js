import { fill, h } from "./dom.js";
import { icon } from "./icon.js";
import { grouped } from "./model_groups.js";
import { isUnderWay, modelRow } from "./model_row.js";
import { problemNote } from "./problem_note.js";
import { size } from "./words.js";

/**
 * @typedef {import("./types.js").ModelFile} ModelFile
 * @typedef {import("./types.js").ModelFiles} ModelFiles
 */

const BUSY_MS = 1000;
const CALM_MS = 5000;

/**
 * The model files of this machine by what they are for, with their licences, and their downloads.
 *
 * @param {HTMLElement} node
 * @param {import("./toast.js").Context} context
 * @param {AbortSignal} signal
 * @param {{arrived: () => void, looked: (models: ModelFile[]) => void}} tell called when a file has come, and after each look
 */
export function modelFiles(node, { api, toast }, signal, tell) {
  const trouble = h("div");
  const lead = h("p", { class: "hint" });
  const list = h("div", { class: "models" }, h("div", { class: "skeleton tile-skeleton" }));
  /** @type {Map<string, ReturnType<typeof modelRow>>} */
  const rows = new Map();
  /** @type {ReturnType<typeof groupCard>[]} */
  let cards = [];
  /** @type {Map<string, ModelFile>} */
  let known = new Map();
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  fill(node, lead, trouble, list);

  /** @param {ModelFiles} found of all files */
  function show({ models, free_bytes: free }) {
    const here = models.filter(({ state }) => state === "present").length;
    lead.textContent = `${here} of ${models.length} are here; ${size(free)} are free for more. Nothing is brought before you ask for it.`;
    if (cards.length === 0) {
      for (const model of models) rows.set(model.key, modelRow(model, { download, cancel }));
      cards = grouped(models).map((group) => groupCard(group, rows));
      fill(list, ...cards.map((card) => card.node));
    }
    for (const model of models) rows.get(model.key)?.show(model);
    for (const card of cards) card.show(models);
    const arrived = models.filter(({ key, state }) => state === "present" && known.has(key) && known.get(key)?.state !== "present");
    known = new Map(models.map((model) => [model.key, model]));
    for (const { key } of arrived) toast(`${key} is here.`);
    tell.looked(models);
    if (arrived.length > 0) tell.arrived();
  }

  async function look() {
    clearTimeout(timer);
    try {
      show(await api.get("/api/v1/models", signal));
      trouble.replaceChildren();
    } catch (error) {
      if (signal.aborted) return;
      fill(trouble, problemNote(error));
    }
    clearTimeout(timer);
    timer = setTimeout(() => void look(), [...known.values()].some(isUnderWay) ? BUSY_MS : CALM_MS);
  }

  /** @param {() => Promise<unknown>} order */
  async function ordered(order) {
    try {
      await order();
      await look();
    } catch (error) {
      if (!signal.aborted) fill(trouble, problemNote(error));
    }
  }

  /** @param {string} key */
  function download(key) {
    return ordered(() => api.send(`/api/v1/models/${key}/download`, undefined, signal));
  }

  /** @param {string} key */
  function cancel(key) {
    return ordered(() => api.remove(`/api/v1/models/${key}/download`));
  }

  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  void look();
  return {
    /** Brings all that an engine lacks. @param {string} engine */
    bring(engine) {
      const keys = [...known.values()].filter((model) => lacks(engine, model) && !isUnderWay(model)).map(({ key }) => key);
      return ordered(() => Promise.all(keys.map((key) => api.send(`/api/v1/models/${key}/download`, undefined, signal))));
    },
    /** Takes the reader to the files that an engine uses. @param {string} engine */
    reveal(engine) {
      const first = [...known.values()].find((model) => lacks(engine, model));
      if (!first) return;
      for (const card of cards) card.open(first.key);
      const row = rows.get(first.key);
      row?.node.scrollIntoView({ block: "center" });
      row?.focus();
    },
  };
}

/** Whether the engine waits for that file. @param {string} engine @param {ModelFile} model */
export function lacks(engine, model) {
  return model.state !== "present" && model.used_by.includes(engine);
}

/**
 * @param {{title: string, models: ModelFile[]}} group
 * @param {Map<string, ReturnType<typeof modelRow>>} rows
 */
function groupCard({ title, models }, rows) {
  const keys = new Set(models.map(({ key }) => key));
  const count = h("span", { class: "hint figures models-count" });
  const items = models.map(({ key }) => rows.get(key)?.node ?? null);
  const node = h(
    "details",
    { class: "card models-group" },
    h("summary", { class: "models-head" }, h("h3", {}, title), count, h("span", { class: "look-chevron" }, icon("chevron"))),
    h("ul", { class: "models-list" }, ...items),
  );
  let wasBusy = false;
  return {
    node,
    /** @param {ModelFile[]} all */
    show(all) {
      const own = all.filter(({ key }) => keys.has(key));
      const here = own.filter(({ state }) => state === "present").length;
      const coming = own.filter(isUnderWay).length;
      count.textContent = [`${here} of ${own.length} here`, coming > 0 && `${coming} coming`].filter(Boolean).join(", ");
      const isBusy = coming > 0 || own.some(({ problem, required, state }) => problem !== null || state === "damaged" || (required && state !== "present"));
      if (isBusy && !wasBusy) node.open = true;
      wasBusy = isBusy;
    },
    /** @param {string} key */
    open(key) {
      if (keys.has(key)) node.open = true;
    },
  };
}
