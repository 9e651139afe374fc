import { h, svg } from "./dom.js";
import { clock, sentenceCase, SOURCE_NAMES } from "./words.js";

/**
 * @typedef {import("./types.js").SourceReading} SourceReading
 * @typedef {import("./types.js").TimedEmotion} TimedEmotion
 */

const LABELS = ["happy", "surprised", "fearful", "angry", "disgusted", "sad", "neutral"];

/**
 * What each source said, in words: `voice: angry 62 %, words: neutral 45 %`.
 *
 * @param {SourceReading[] | undefined} sources
 */
export function saidOf(sources) {
  return (sources ?? [])
    .map(({ source, scores }) => {
      const [label, share] = Object.entries(scores).reduce((best, next) => (next[1] > best[1] ? next : best));
      return `${SOURCE_NAMES.get(source) ?? source}: ${label} ${Math.round(share * 100)} %`;
    })
    .join(", ");
}

/**
 * The mood of each stretch of speech as a strip, its height how sure it is, with a legend.
 *
 * @param {TimedEmotion[]} emotions
 * @param {number} duration of the sound in seconds
 */
export function moodChart(emotions, duration) {
  const seen = LABELS.filter((label) => emotions.some(({ emotion }) => emotion.label === label));
  const rects = emotions.map(({ span: [start, end], emotion, sources }) => {
    const height = Math.max(emotion.confidence * 10, 1);
    const place = { x: (start / duration) * 100, width: Math.max(((end - start) / duration) * 100 - 0.3, 0.2) };
    const told = `${clock(start)} ${sentenceCase(emotion.label)} ${Math.round(emotion.confidence * 100)} %. ${saidOf(sources)}`;
    return svg("rect", { ...place, y: 10 - height, height, class: `series-${LABELS.indexOf(emotion.label)}` }, svg("title", {}, told));
  });
  return h(
    "figure",
    { class: "stage-chart" },
    h("figcaption", { class: "muted" }, "From voice, words and face. A higher bar is surer."),
    svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" }, ...rects),
    h("ul", { class: "legend" }, ...seen.map((label) => h("li", {}, h("span", { class: `swatch series-${LABELS.indexOf(label)}` }), sentenceCase(label)))),
  );
}
