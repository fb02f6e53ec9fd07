/**
 * Which ways to the other side are tried, and when, in one generation: all of them are raced, again and again until one
 * leads there. Direct ways go first, relays follow; that is the race's own rule (transit/race.ts). A relayed connection
 * is good; meanwhile a direct one is looked for, which takes its place.
 */
import { machine, type Step, stay } from "../../base/machine.ts";
import { type Endpoint, MAX_HINTS } from "../../transit/hints.ts";
import {
  RACE_PAUSE,
  RACE_PAUSE_FACTOR,
  RACE_PAUSE_MOST,
  STRANGER_PAUSE,
  UPGRADE_PAUSE,
  UPGRADE_PAUSE_MOST,
} from "../limits.ts";

/** Ways that the other side has named, the latest first. */
export interface Ways {
  readonly direct: readonly Endpoint[];
  readonly relays: readonly Endpoint[];
}

interface Looking {
  /** Whether the other side is as patient as we are: it tries again by itself, and goes on looking for a direct way. */
  readonly patient: boolean;
  /** Null until it has spoken, if only to say that nobody can reach it. */
  readonly ways: Ways | null;
  /** Whether a race is on; if not, a timer runs, or the manager was told that we are stuck. */
  readonly racing: boolean;
  /** Races since the last one that was won. */
  readonly tries: number;
}

export type ConnectorState =
  /** There is no connection. */
  | ({ readonly at: "looking" } & Looking)
  /** There is one through a relay. */
  | ({ readonly at: "relayed" } & Looking)
  /** There is, or was, a direct one: nothing more is looked for. */
  | { readonly at: "direct"; readonly ways: Ways | null }
  | { readonly at: "closed"; readonly ways: null };

export type ConnectorEvent =
  /** Try all ways. */
  | { readonly on: "retry" }
  /** Ways that the other side has named, as far as this machine can dial them. */
  | ({ readonly on: "hints" } & Ways)
  /** Somebody has dialled us. */
  | { readonly on: "visitor" }
  /** The timer. */
  | { readonly on: "due" }
  /** The addresses of this machine have changed. */
  | { readonly on: "moved" }
  /** The race has led to a connection. */
  | { readonly on: "won"; readonly relayed: boolean }
  /** All that took part in the race have failed. */
  | { readonly on: "vain" }
  /** The connection that was won is lost; a better one may still be on its way. */
  | { readonly on: "lost" }
  | { readonly on: "close" };

export type ConnectorEffect =
  /** Tell the other side where we can be reached. */
  | { readonly do: "publish" }
  /** Begin a race, in the place of one that is on: over these ways, our own relays if `relayed`, and a visitor if `visited`. */
  | { readonly do: "race"; readonly ways: Ways | null; readonly relayed: boolean; readonly visited: boolean }
  /** These take part in the race that is on. */
  | ({ readonly do: "join" } & Ways)
  | { readonly do: "admit" }
  | { readonly do: "turnAway" }
  /** There is one timer: set again, it starts anew. */
  | { readonly do: "timer"; readonly after: number }
  /** All ways have been tried in vain. */
  | { readonly do: "stuck" }
  /** No race, no timer, and nobody can dial us. */
  | { readonly do: "end" };

type ConnectorStep = Step<ConnectorState, ConnectorEffect>;
type Searching = Extract<ConnectorState, Looking>;

const NO_WAYS: Ways = { direct: [], relays: [] };
const END = { do: "end" } as const;
const TURN_AWAY = { do: "turnAway" } as const;

/** A generation begins: nobody was heard, and nothing tried. */
export function beginLooking(patient: boolean): ConnectorState {
  return { at: "looking", patient, ways: null, racing: false, tries: 0 };
}

export const connector = machine<ConnectorState, ConnectorEvent, ConnectorEffect>({
  looking: {
    retry: (state) => (state.racing ? [state] : race(state)),
    hints: heard,
    visitor: welcome,
    due: (state) => [state, { do: "stuck" }],
    moved,
    won,
    vain: (state) => pause(state),
    close: () => closed(),
    ...stay("lost"),
  },
  relayed: {
    hints: heard,
    visitor: welcome,
    due: (state) => (state.racing ? [state] : race(state)),
    moved,
    won,
    vain: (state) => lookLater(state),
    lost: (state) => [{ ...state, at: "looking" }],
    close: () => closed(),
    ...stay("retry"),
  },
  direct: {
    visitor: (state) => [state, TURN_AWAY],
    close: () => closed(),
    ...stay("retry", "hints", "due", "moved", "won", "vain", "lost"),
  },
  closed: {
    visitor: (state) => [state, TURN_AWAY],
    ...stay("retry", "hints", "due", "moved", "won", "vain", "lost", "close"),
  },
});

/** Another program lets go of its port when it is connected: there is no use in looking for a better way to it. */
function isContent({ at, patient }: Searching): boolean {
  return at === "relayed" && !patient;
}

function race(state: Searching, visited = false): ConnectorStep {
  const relayed = state.at === "looking";
  const ways = relayed || state.ways === null ? state.ways : { ...state.ways, relays: [] };
  return [
    { ...state, racing: true },
    { do: "race", ways, relayed, visited },
  ];
}

/** What is named later is more likely to be true; nobody has so many addresses that the oldest would matter. */
function heard(state: Searching, { direct, relays }: Ways): ConnectorStep {
  const known = state.ways ?? NO_WAYS;
  const ways = { direct: merged(known.direct, direct), relays: merged(known.relays, relays) };
  const next: Searching = { ...state, ways };
  if (isContent(state)) return [next];
  if (!state.racing) return race(next);
  return [next, { do: "join", direct, relays: state.at === "looking" ? relays : [] }];
}

function welcome(state: Searching): ConnectorStep {
  if (state.racing) return [state, { do: "admit" }];
  return isContent(state) ? [state, TURN_AWAY] : race(state, true);
}

/** Whoever was being dialled from an address that is no more would be waited for in vain. */
function moved(state: Searching): ConnectorStep {
  const fresh: Searching = { ...state, tries: 0 };
  if (isContent(state)) return [fresh, { do: "publish" }];
  const [next, ...effects] = race(fresh);
  return [next, { do: "publish" }, ...effects];
}

function won({ patient, ways }: Searching, { relayed }: { readonly relayed: boolean }): ConnectorStep {
  if (!relayed) return [{ at: "direct", ways }, END];
  return lookLater({ at: "relayed", patient, ways, racing: false, tries: 0 });
}

function lookLater(state: Searching): ConnectorStep {
  const next: Searching = { ...state, racing: false, tries: state.tries + 1 };
  const after = Math.min(UPGRADE_PAUSE * 2 ** state.tries, UPGRADE_PAUSE_MOST);
  return isContent(state) ? [next] : [next, { do: "timer", after }];
}

function pause(state: Searching): ConnectorStep {
  const next: Searching = { ...state, racing: false, tries: state.tries + 1 };
  const after = Math.min(RACE_PAUSE * RACE_PAUSE_FACTOR ** state.tries, RACE_PAUSE_MOST);
  return [next, { do: "timer", after: state.patient ? after : STRANGER_PAUSE }];
}

function closed(): ConnectorStep {
  return [{ at: "closed", ways: null }, END];
}

function merged(known: readonly Endpoint[], named: readonly Endpoint[]): readonly Endpoint[] {
  const old = known.filter(({ host, port }) => !named.some((other) => other.host === host && other.port === port));
  return [...named, ...old].slice(0, MAX_HINTS);
}
