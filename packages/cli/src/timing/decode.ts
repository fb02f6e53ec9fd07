/** Decodes a timing file, which is untrusted: another person may have made it. */

/** A recorded event: something that took time, or a moment. Times are milliseconds since the epoch. */
export interface Span {
  readonly name: string;
  readonly start: number;
  /** `null` if no end was recorded; equal to `start` for a moment. */
  readonly stop: number | null;
  /** The details in the file that a page shows. */
  readonly details: Details;
}

/** Details by name: short texts, numbers, and flags that are set. */
export type Details = ReadonlyMap<string, string | number | true>;

/** Most bytes of a file. The recorder keeps 10,000 events of less than 200 bytes each. */
export const MAX_FILE_BYTES = 8 * 1024 * 1024;
const MAX_EVENTS = 20_000;
const LONGEST_NAME = 60;
const LONGEST_DETAIL = 40;
/** The latest time that is accepted, in seconds since the epoch: the year 5138. */
const LATEST_SECONDS = 1e11;
/** The details that are shown. Other programs, such as the Python program, also record whole messages. */
const SHOWN = ["type", "phase", "kind", "inbound", "outcome", "bytes", "total", "failed", "status", "waiting", "which"];

/** A file is not a timing file. The message continues a sentence that begins with the file's name. */
export class NotTimingError extends Error {
  override readonly name = "NotTimingError";
}

/** Returns all spans of a file in the order of their starts. @throws {NotTimingError} */
export function decodeTiming(text: string): Span[] {
  const events = parse(text);
  if (!Array.isArray(events)) throw new NotTimingError("is not a timing file: it contains no list of events");
  if (events.length === 0) throw new NotTimingError("contains no events");
  if (events.length > MAX_EVENTS) throw new NotTimingError(`contains more than ${MAX_EVENTS} events`);
  return events.map(decodeSpan).sort((a, b) => a.start - b.start);
}

function parse(text: string): unknown {
  if (text.trim() === "") {
    throw new NotTimingError("is empty: the program that should write it was killed or is still running");
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new NotTimingError("is not a timing file: it is not JSON");
  }
}

function decodeSpan(event: unknown, index: number): Span {
  const { name, start, stop, details = {} } = isObject(event) ? event : {};
  const isSpan =
    typeof name === "string" &&
    name.length <= LONGEST_NAME &&
    isTime(start) &&
    (stop === null || (isTime(stop) && stop >= start)) &&
    isObject(details);
  if (!isSpan) throw new NotTimingError(`is not a timing file: event ${index + 1} is invalid`);
  return { name, start: start * 1000, stop: stop === null ? null : stop * 1000, details: decodeDetails(details) };
}

/** Never fails: what cannot be shown is left out. */
function decodeDetails(details: Readonly<Record<string, unknown>>): Details {
  const shown = new Map<string, string | number | true>();
  for (const name of SHOWN) {
    const value = Object.hasOwn(details, name) ? details[name] : undefined;
    if (typeof value === "string" && value !== "") shown.set(name, value.slice(0, LONGEST_DETAIL));
    if (value === true || (typeof value === "number" && Number.isFinite(value))) shown.set(name, value);
  }
  return shown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= LATEST_SECONDS;
