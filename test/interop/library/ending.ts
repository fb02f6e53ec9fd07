/** How a wormhole has ended, as its application and its server were told. */
import { type CallError, type EventName, type Events, GETTERS, type Getter, type Told } from "./side.ts";
import type { End } from "./stage.ts";

export interface Ending {
  readonly closed: Events["closed"];
  readonly moods: readonly string[];
  /** Of the deferred flavour: the errors of the getters that were pending, and of all that are asked afterwards. */
  readonly pending: Errors;
  readonly later: Errors;
}

type Errors = { readonly [G in Getter]?: string };

/** These come with somebody else's words; those of others are the library's own. */
const WITH_WORDS = ["ServerError", "WelcomeError"];

export async function ending({ side, tap }: End): Promise<Ending> {
  const closed = await side.story.first("closed");
  const moods = new Set(tap.moods.map(String));
  const pending = Object.fromEntries(side.story.all("refused").map(({ of, error }) => [of, common(error)]));
  const later: Partial<Record<Getter, string>> = {};
  if (isDeferred(side.title))
    for (const getter of GETTERS) later[getter] = await side.get(getter).then(() => "", nameOf);
  return { closed: comparable(closed), moods: [...moods], pending, later };
}

/** How it has to have ended, after what was told before. */
export function expected({ side }: End, closed: Events["closed"], moods: readonly string[]): Ending {
  const failure = closed === "happy" ? "WormholeClosedError" : closed.error;
  const told: readonly EventName[] = side.story.outline;
  const all = isDeferred(side.title) ? GETTERS : [];
  const errors = (getters: readonly Getter[]): Errors => Object.fromEntries(getters.map((getter) => [getter, failure]));
  const pending = all.filter((getter) => getter === "message" || !told.includes(getter));
  return { closed, moods, pending: errors(pending), later: errors(all) };
}

const isDeferred = (title: string) => title.endsWith("deferred");
const nameOf = ({ name }: CallError) => common(name);
/** The one class that has another name in the reference library. */
const common = (name: string) => (name === "WormholeClosed" ? "WormholeClosedError" : name);

function comparable(closed: Events["closed"]): Events["closed"] {
  if (closed === "happy" || WITH_WORDS.includes(closed.error)) return closed;
  return { error: closed.error, words: "" } satisfies Told;
}
