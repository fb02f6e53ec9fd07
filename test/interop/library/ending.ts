/** The end of a wormhole, as its application and its server see it. */
import type { CallError, LibraryError } from "../reference/process.ts";
import { type EventName, type Events, GETTERS, type Getter } from "./side.ts";
import type { End } from "./stage.ts";

/** The description of an end. */
export interface Ending {
  readonly closed: Events["closed"];
  readonly moods: readonly string[];
  /** In the deferred flavour, the errors of the pending getters. */
  readonly pending: Errors;
  /** In the deferred flavour, the errors of getters that are called after the end. */
  readonly later: Errors;
}

type Errors = { readonly [G in Getter]?: string };

/** Errors with a message of the server. The messages of other errors differ between the libraries. */
const WITH_SERVER_MESSAGE = ["ServerError", "WelcomeError"];

/** Waits for the end, and describes it. */
export async function ending({ side, tap }: End): Promise<Ending> {
  const closed = await side.log.first("closed");
  const moods = new Set(tap.moods.map(String));
  const pending = Object.fromEntries(side.log.all("refused").map(({ of, error }) => [of, common(error)]));
  const later: Partial<Record<Getter, string>> = {};
  if (isDeferred(side.title))
    for (const getter of GETTERS) later[getter] = await side.get(getter).then(() => "", nameOf);
  return { closed: comparable(closed), moods: [...moods], pending, later };
}

/** The expected description, given the events before the end. */
export function expected({ side }: End, closed: Events["closed"], moods: readonly string[]): Ending {
  const failure = closed === "happy" ? "WormholeClosedError" : closed.error;
  const before: readonly EventName[] = side.log.outline;
  const all = isDeferred(side.title) ? GETTERS : [];
  const errors = (getters: readonly Getter[]): Errors => Object.fromEntries(getters.map((getter) => [getter, failure]));
  const pending = all.filter((getter) => getter === "message" || !before.includes(getter));
  return { closed, moods, pending: errors(pending), later: errors(all) };
}

const isDeferred = (title: string) => title.endsWith("deferred");
const nameOf = ({ name }: CallError) => common(name);
/** Translates the only class that has another name in the reference library. */
const common = (name: string) => (name === "WormholeClosed" ? "WormholeClosedError" : name);

function comparable(closed: Events["closed"]): Events["closed"] {
  if (closed === "happy" || WITH_SERVER_MESSAGE.includes(closed.error)) return closed;
  return { error: closed.error, words: "" } satisfies LibraryError;
}
