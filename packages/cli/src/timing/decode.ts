/** Reads a timing file, which may come from anybody. */

/** Something that took time. Milliseconds since the epoch. */
export interface Span {
  readonly name: string;
  readonly start: number;
  /** `null` if no end was recorded. A moment ends where it begins. */
  readonly stop: number | null;
  /** Of what the file tells besides, what can be shown. */
  readonly details: Details;
}

/** By name: short texts, numbers, and what is true. */
export type Details = ReadonlyMap<string, string | number | true>;

/** Bytes of a file. The recorder keeps 10,000 events, and says less than 200 bytes about each. */
export const MAX_FILE = 8 * 1024 * 1024;
const MAX_EVENTS = 20_000;
const LONGEST_NAME = 60;
const LONGEST_DETAIL = 40;
/** Seconds since the epoch: the year 5138. */
const LATEST = 1e11;
/**
 * Details that are shown: nothing else of a file gets into a page. Other programs, such as the one in Python, record
 * whole messages.
 */
const SHOWN = ["type", "phase", "kind", "inbound", "outcome", "bytes", "total", "failed", "status", "waiting", "which"];

/** It is no timing file. The message is what a person is told, after the file's name. */
export class NotTimingError extends Error {}

/** All spans in the order of their beginnings. @throws {NotTimingError} */
export function decodeTiming(text: string): Span[] {
  const events = parse(text);
  if (!Array.isArray(events)) throw new NotTimingError("is not a timing file: it holds no list of events");
  if (events.length === 0) throw new NotTimingError("holds no events at all");
  if (events.length > MAX_EVENTS) throw new NotTimingError(`holds more than ${MAX_EVENTS} events`);
  return events.map(decodeSpan).sort((a, b) => a.start - b.start);
}

function parse(text: string): unknown {
  if (text.trim() === "")
    throw new NotTimingError("is empty: the program that was to write it was killed, or still runs");
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
  if (!isSpan) throw new NotTimingError(`is not a timing file: its event ${index + 1} is none`);
  return { name, start: start * 1000, stop: stop === null ? null : stop * 1000, details: decodeDetails(details) };
}

/** Here nothing is wrong: what cannot be shown is left out. */
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

const isTime = (value: unknown): value is number => typeof value === "number" && value >= 0 && value <= LATEST;
