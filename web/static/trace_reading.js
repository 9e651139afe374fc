/**
 * Reads a trace in OpenTelemetry's JSON form.
 *
 * @typedef {string | number | boolean | null | PlainList | PlainMap} Plain
 * @typedef {Plain[]} PlainList
 * @typedef {{[name: string]: Plain}} PlainMap
 *
 * @typedef {object} Span
 * @property {string} id
 * @property {string} parent empty for the root of a turn
 * @property {string} name
 * @property {number} start seconds since the epoch
 * @property {number} end the moment of reading, where it has not ended
 * @property {boolean} open whether it runs, or was killed
 * @property {PlainMap} attributes
 * @property {{kind: string, message: string} | null} failure
 * @property {"good" | "warning" | "bad"} level
 */

const NANOSECONDS_IN_A_MICROSECOND = 1000n;

/**
 * The spans by their beginnings.
 *
 * @param {any} data `TracesData`
 * @param {number} [now] seconds since the epoch
 * @returns {Span[]}
 */
export function readTrace(data, now = Date.now() / 1000) {
  const found = (data?.resourceSpans ?? []).flatMap((/** @type {any} */ resource) => (resource.scopeSpans ?? []).flatMap((/** @type {any} */ scope) => scope.spans ?? []));
  return found.map((/** @type {any} */ span) => spanOf(span, now)).sort((/** @type {Span} */ a, /** @type {Span} */ b) => a.start - b.start || b.end - a.end);
}

/** @param {any} told @param {number} now @returns {Span} */
function spanOf(told, now) {
  const attributes = mapOf(told.attributes);
  const event = (told.events ?? []).find((/** @type {any} */ item) => item.name === "exception");
  const exception = event ? mapOf(event.attributes) : null;
  const failure = exception && { kind: String(exception["exception.type"] ?? "Error"), message: String(exception["exception.message"] ?? "") };
  const start = seconds(told.startTimeUnixNano);
  const open = attributes["avatar.open"] === true;
  return {
    id: String(told.spanId),
    parent: String(told.parentSpanId ?? ""),
    name: String(told.name),
    start,
    end: open ? Math.max(start, now) : Math.max(start, seconds(told.endTimeUnixNano)),
    open,
    attributes,
    failure,
    level: told.status?.code === 2 || attributes["avatar.level"] === "ERROR" ? "bad" : attributes["avatar.level"] === "WARNING" ? "warning" : "good",
  };
}

/** Nanoseconds since the epoch are too many for a number. @param {string | number | undefined} nanoseconds */
function seconds(nanoseconds) {
  return Number(BigInt(nanoseconds ?? 0) / NANOSECONDS_IN_A_MICROSECOND) / 1e6;
}

/** @param {any[] | undefined} items @returns {PlainMap} */
function mapOf(items) {
  return Object.fromEntries((items ?? []).map(({ key, value }) => [key, plain(value)]));
}

/** @param {any} value an `AnyValue` @returns {Plain} */
function plain(value) {
  if (value?.intValue !== undefined) return Number(value.intValue);
  if (value?.doubleValue !== undefined) return Number(value.doubleValue);
  if (value?.arrayValue) return (value.arrayValue.values ?? []).map(plain);
  if (value?.kvlistValue) return mapOf(value.kvlistValue.values);
  return value?.stringValue ?? value?.boolValue ?? null;
}
