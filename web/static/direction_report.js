/** @typedef {import("./types.js").DirectionReport} DirectionReport */

const USUAL_DIGITS = 4;

/**
 * What a language model was asked, took and cost: rows of a name, a value and what there is to say of it.
 *
 * @param {DirectionReport | null} report
 * @returns {[string, string, string][]}
 */
export function modelFacts(report) {
  if (!report) return [];
  /** @type {[string, string, string][]} */
  const facts = [
    ["Model", report.model, `${report.endpoint}; ${asked(report)}`],
    ["Model took", `${report.seconds.toFixed(1)} s`, [firstToken(report), tokens(report)].filter(Boolean).join("; ")],
    ["Put right", putRight(report), report.told.join("; ")],
  ];
  return facts.filter(([, value]) => value);
}

/** @param {DirectionReport} report */
function asked(report) {
  const stretches = report.segments === 1 ? "asked about all of it" : `asked about ${report.segments} stretches`;
  const repaired = report.repaired ? `, ${report.repaired} of them twice` : "";
  const byRules = report.by_rules ? `; rules directed ${report.by_rules === report.segments ? "in its place" : `${report.by_rules} of them`}` : "";
  return stretches + repaired + byRules;
}

/** @param {DirectionReport} report */
function firstToken(report) {
  return report.first_token_seconds === null ? "" : `first token after ${report.first_token_seconds.toFixed(1)} s`;
}

/** @param {DirectionReport} report */
function tokens(report) {
  if (report.tokens_in === null && report.tokens_out === null) return "";
  const cost = report.cost_usd === null ? "" : `, ${report.cost_usd.toFixed(USUAL_DIGITS)} US dollars`;
  return `${report.tokens_in ?? 0} tokens in, ${report.tokens_out ?? 0} out${cost}`;
}

/** @param {DirectionReport} report */
function putRight(report) {
  return Object.entries(report.problems).map(([kind, count]) => `${count} ${kind}`).join(", ");
}
