import { svg } from "./dom.js";

/** Paths on a 24-pixel grid, drawn as lines. */
const PATHS = {
  alert: "M12 8.5v4.5M12 16.5v.01M10.4 4.2 2.9 17.5A1.8 1.8 0 0 0 4.5 20h15a1.8 1.8 0 0 0 1.6-2.5L13.6 4.2a1.8 1.8 0 0 0-3.2 0Z",
  arrow: "M5 12h14M13 6l6 6-6 6",
  back: "M19 12H5M11 6l-6 6 6 6",
  captions: "M4 6h16v12H4zM10.5 10.6a2 2 0 1 0 0 2.8M17 10.6a2 2 0 1 0 0 2.8",
  check: "M5 12.5 10 17.5 19.5 7",
  chevron: "M6 9l6 6 6-6",
  clock: "M12 7v5l3.2 2M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  close: "M6 6l12 12M18 6 6 18",
  collapse: "M9 4v5H4M15 4v5h5M9 20v-5H4M15 20v-5h5",
  copy: "M9 9h10v10H9zM15 9V5H5v10h4",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  expand: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  face: "M9 10v.01M15 10v.01M8.8 14.5a4.2 4.2 0 0 0 6.4 0M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0Z",
  film: "M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4",
  gauge: "M4 19V5M4 19h16M8 15.5l3.5-4 3 2.5L19 8",
  keyboard: "M3.5 7h17v10h-17zM7 10.5v.01M10.5 10.5v.01M14 10.5v.01M17 10.5v.01M8.5 14h7",
  leave: "M14 5H6v14h8M10.5 12H21M17.5 8.5 21 12l-3.5 3.5",
  link: "M10 14a4.5 4.5 0 0 0 6.6.4l2.6-2.6a4.5 4.5 0 0 0-6.4-6.4l-1.3 1.3M14 10a4.5 4.5 0 0 0-6.6-.4l-2.6 2.6a4.5 4.5 0 0 0 6.4 6.4l1.3-1.3",
  microphone: "M12 3.5a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0v-5a3 3 0 0 0-3-3ZM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  microphone_off: "M9 9v2.5a3 3 0 0 0 4.6 2.5M15 11V6.5a3 3 0 0 0-5.8-1.1M5.5 11a6.5 6.5 0 0 0 10.6 5M18.5 11a6.4 6.4 0 0 1-.5 2.4M12 17.5V21M4 4l16 16",
  moon: "M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2Z",
  motion: "M3 12h3l2.5-7 4 14 3-9 1.5 2h4",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  photo: "M4 6.5A1.5 1.5 0 0 1 5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM4 16l4.5-4.5 4 4 2.5-2.5 5 5M15.5 9v.01",
  play: "M8 5.2v13.6a.6.6 0 0 0 .9.5l10.7-6.8a.6.6 0 0 0 0-1L8.9 4.7a.6.6 0 0 0-.9.5Z",
  plus: "M12 5v14M5 12h14",
  redo: "M4.5 12a7.5 7.5 0 1 1 2.4 5.5M4.5 17.5v-5.2h5.2",
  redo_edit: "M15.5 5l4 4-4 4M19.5 9h-9a5.5 5.5 0 0 0 0 11H15",
  send: "M12 19V5M6 11l6-6 6 6",
  sliders: "M4 7h9M17 7h3M4 12h3M11 12h9M4 17h11M19 17h1M15 5v4M9 10v4M17 15v4",
  sound: "M4 10v4M8 7v10M12 4v16M16 8v8M20 10.5v3",
  spark: "M12 3.5 13.8 9a2 2 0 0 0 1.3 1.3l5.4 1.7-5.4 1.8a2 2 0 0 0-1.3 1.2L12 20.5 10.2 15a2 2 0 0 0-1.3-1.2L3.5 12l5.4-1.7A2 2 0 0 0 10.2 9Z",
  speaker: "M4 9.5v5h3.5L12 18V6L7.5 9.5ZM15.5 9.2a4 4 0 0 1 0 5.6M18 6.8a7.4 7.4 0 0 1 0 10.4",
  speaker_off: "M4 9.5v5h3.5L12 18V6L7.5 9.5ZM16 9.5l5 5M21 9.5l-5 5",
  split: "M12 4v16M4 8h4v8H4M20 8h-4v8h4",
  stop: "M7 7h10v10H7z",
  sun: "M12 3v1.5M12 19.5V21M3 12h1.5M19.5 12H21M5.6 5.6l1.1 1.1M17.3 17.3l1.1 1.1M18.4 5.6l-1.1 1.1M6.7 17.3l-1.1 1.1M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0Z",
  text: "M5 6.5V5h14v1.5M12 5v14M9 19h6",
  trash: "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.9 12.5h9.2L17.5 7M10 11v5M14 11v5",
  undo: "M8.5 5 4.5 9l4 4M4.5 9h9a5.5 5.5 0 0 1 0 11H9",
  upload: "M12 16V5M7 9.5 12 4.5l5 5M5 20h14",
  whole: "M4 5v14M20 5v14M7.5 12h9M10 9.5 7.5 12l2.5 2.5M14 9.5l2.5 2.5-2.5 2.5",
  wide: "M3.5 6h17v12h-17zM7 12h10M9 10l-2 2 2 2M15 10l2 2-2 2",
  zoom_in: "M10.5 7.5v6M7.5 10.5h6M15.2 15.2 20 20M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z",
  zoom_out: "M7.5 10.5h6M15.2 15.2 20 20M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0Z",
};

/** @typedef {keyof typeof PATHS} IconName */

/**
 * An icon that says nothing to a screen reader: the words stand beside it.
 *
 * @param {IconName} name
 */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" }, svg("path", { d: PATHS[name] }));
}
