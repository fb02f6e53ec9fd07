/**
 * Decides which ways to the peer are tried, and when, within one generation. All known ways are raced, again and again,
 * until one succeeds. Within a race, direct ways go first and relays follow (transit/race/race.ts). After a relayed
 * connection, races for a direct one go on; it replaces the relayed one.
 */
import { machine, type Step, stay } from "../../base/machine.ts";
import { type Endpoint, MAX_HINTS } from "../../transit/hints.ts";
import type { Ways } from "../../transit/race/usable.ts";
import {
  MAX_RACE_PAUSE_MS,
  MAX_UPGRADE_PAUSE_MS,
  RACE_PAUSE_FACTOR,
  RACE_PAUSE_MS,
  UNEXTENDED_RACE_PAUSE_MS,
  UPGRADE_PAUSE_MS,
} from "../limits.ts";

interface Looking {
  /** Whether the peer tries failed ways again by itself, and keeps looking for a direct one. */
  readonly peerRetries: boolean;
  /** The newest ways first. Null until the peer has sent hints; its hints may be empty. */
  readonly ways: Ways | null;
  /** Whether a race is running. If not, a timer runs, or the manager has been notified that this side is stuck. */
  readonly racing: boolean;
  /** Races since the last one that was won. */
  readonly tries: number;
}

export type ConnectorState =
  /** There is no connection. */
  | ({ readonly at: "looking" } & Looking)
  /** There is a relayed connection. */
  | ({ readonly at: "relayed" } & Looking)
  /** There is, or was, a direct connection: the search is over. */
  | { readonly at: "direct"; readonly ways: Ways | null }
  /** The generation is over. */
  | { readonly at: "closed"; readonly ways: null };

export type ConnectorEvent =
  /** Try all ways. */
  | { readonly on: "retry" }
  /** The peer has sent hints that this machine can dial. */
  | ({ readonly on: "hints" } & Ways)
  /** An incoming connection has been accepted. */
  | { readonly on: "visitor" }
  /** The timer has fired. */
  | { readonly on: "due" }
  /** The addresses of this machine have changed. */
  | { readonly on: "moved" }
  /** The race has led to a connection. */
  | { readonly on: "won"; readonly relayed: boolean }
  /** Every candidate in the race has failed. */
  | { readonly on: "failed" }
  /** The connection is lost. A race for a better one may still be running. */
  | { readonly on: "lost" }
  /** The generation is over. */
  | { readonly on: "close" };

export type ConnectorEffect =
  /** Send our hints to the peer. */
  | { readonly do: "publish" }
  /** Begin a race, replacing the present one: with these ways, and our own relays if `relayed`. */
  | { readonly do: "race"; readonly ways: Ways | null; readonly relayed: boolean }
  /** Add these ways to the present race. */
  | ({ readonly do: "join" } & Ways)
  /** Shake hands with the visitor. It may be a stranger, so its visit changes nothing else before it has the key. */
  | { readonly do: "admit" }
  /** Close the visitor's connection. */
  | { readonly do: "turnAway" }
  /** Set the only timer, replacing the one that is set. */
  | { readonly do: "timer"; readonly after: number }
  /** All ways have failed. */
  | { readonly do: "stuck" }
  /** End the race, the timer and the listener. */
  | { readonly do: "end" };

type ConnectorStep = Step<ConnectorState, ConnectorEffect>;
type Searching = Extract<ConnectorState, Looking>;

const NO_WAYS: Ways = { direct: [], relays: [] };
const END = { do: "end" } as const;
const TURN_AWAY = { do: "turnAway" } as const;

/** The state at the beginning of a generation. */
export function beginLooking(peerRetries: boolean): ConnectorState {
  return { at: "looking", peerRetries, ways: null, racing: false, tries: 0 };
}

export const connector = machine<ConnectorState, ConnectorEvent, ConnectorEffect>({
  looking: {
    retry: (state) => (state.racing ? [state] : race(state)),
    hints: addWays,
    visitor: welcome,
    due: (state) => [state, { do: "stuck" }],
    moved,
    won,
    failed: (state) => pause(state),
    close: () => closed(),
    ...stay("lost"),
  },
  relayed: {
    hints: addWays,
    visitor: welcome,
    due: (state) => (state.racing ? [state] : race(state)),
    moved,
    won,
    failed: (state) => lookLater(state),
    lost: (state) => [{ ...state, at: "looking" }],
    close: () => closed(),
    ...stay("retry"),
  },
  direct: {
    visitor: (state) => [state, TURN_AWAY],
    close: () => closed(),
    ...stay("retry", "hints", "due", "moved", "won", "failed", "lost"),
  },
  closed: {
    visitor: (state) => [state, TURN_AWAY],
    ...stay("retry", "hints", "due", "moved", "won", "failed", "lost", "close"),
  },
});

/** Whether a relayed connection is final: a peer without our extensions closes its port once it is connected. */
function keepsRelayed({ at, peerRetries }: Searching): boolean {
  return at === "relayed" && !peerRetries;
}

function race(state: Searching): ConnectorStep {
  const relayed = state.at === "looking";
  const ways = relayed || state.ways === null ? state.ways : { ...state.ways, relays: [] };
  return [
    { ...state, racing: true },
    { do: "race", ways, relayed },
  ];
}

/** Newer hints are more likely to be right. If there are too many, the oldest are dropped. */
function addWays(state: Searching, { direct, relays }: Ways): ConnectorStep {
  const known = state.ways ?? NO_WAYS;
  const ways = { direct: merged(known.direct, direct), relays: merged(known.relays, relays) };
  const next: Searching = { ...state, ways };
  if (keepsRelayed(state)) return [next];
  if (!state.racing) return race(next);
  return [next, { do: "join", direct, relays: state.at === "looking" ? relays : [] }];
}

function welcome(state: Searching): ConnectorStep {
  return [state, keepsRelayed(state) ? TURN_AWAY : { do: "admit" }];
}

/** Candidates that were dialled from an address that has disappeared would never answer, so a new race begins. */
function moved(state: Searching): ConnectorStep {
  const fresh: Searching = { ...state, tries: 0 };
  if (keepsRelayed(state)) return [fresh, { do: "publish" }];
  const [next, ...effects] = race(fresh);
  return [next, { do: "publish" }, ...effects];
}

function won({ peerRetries, ways }: Searching, { relayed }: { readonly relayed: boolean }): ConnectorStep {
  if (!relayed) return [{ at: "direct", ways }, END];
  return lookLater({ at: "relayed", peerRetries, ways, racing: false, tries: 0 });
}

function lookLater(state: Searching): ConnectorStep {
  const next: Searching = { ...state, racing: false, tries: state.tries + 1 };
  const after = Math.min(UPGRADE_PAUSE_MS * 2 ** state.tries, MAX_UPGRADE_PAUSE_MS);
  return keepsRelayed(state) ? [next] : [next, { do: "timer", after }];
}

function pause(state: Searching): ConnectorStep {
  const next: Searching = { ...state, racing: false, tries: state.tries + 1 };
  const after = Math.min(RACE_PAUSE_MS * RACE_PAUSE_FACTOR ** state.tries, MAX_RACE_PAUSE_MS);
  return [next, { do: "timer", after: state.peerRetries ? after : UNEXTENDED_RACE_PAUSE_MS }];
}

function closed(): ConnectorStep {
  return [{ at: "closed", ways: null }, END];
}

function merged(known: readonly Endpoint[], named: readonly Endpoint[]): readonly Endpoint[] {
  const old = known.filter(({ host, port }) => !named.some((other) => other.host === host && other.port === port));
  return [...named, ...old].slice(0, MAX_HINTS);
}
