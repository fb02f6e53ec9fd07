/**
 * Who decides when a connection is made anew: dilation-protocol.rst of magic-wormhole. Of two sides the one with the
 * higher name leads. When the connection is lost, the leader says `reconnect`, the follower lets go of everything old
 * and says `reconnecting`, and both begin the next generation. Nothing on a connection tells its generation: therefore
 * each side drops all it has of the old one before it says so, or before it hears the new one's hints.
 */
import type { JsonObject } from "../base/json.ts";
import { type Draws, machine, type Step, stay } from "../base/machine.ts";
import type { Hints } from "../transit/hints.ts";
import { encodePlease } from "./wire/control.ts";

export type Role = "leader" | "follower";

/** What both have agreed on. */
interface Agreed {
  readonly role: Role;
  /** Counts connections that were to be made, from 1. */
  readonly generation: number;
  /** What the other side can beyond the protocol. */
  readonly extensions: readonly string[];
}

export type ManagerState =
  | { readonly at: "idle" }
  /** We want to dilate, and have said so. */
  | { readonly at: "wanting"; readonly side: string }
  | ({ readonly at: "connecting" } & Agreed)
  | ({ readonly at: "connected" } & Agreed)
  /** The leader has said `reconnect`, and waits until the follower has let go. */
  | ({ readonly at: "flushing" } & Agreed)
  /** The follower has lost the connection, and waits for the leader's word. */
  | ({ readonly at: "lonely" } & Agreed)
  | { readonly at: "stopped" };

export type ManagerEvent =
  /** The other side can dilate. `side` is a name for this dilation: 16 random hex digits. */
  | { readonly on: "start"; readonly side: string }
  | { readonly on: "please"; readonly side: string; readonly extensions: readonly string[] }
  | { readonly on: "hints"; readonly hints: Hints }
  | { readonly on: "reconnect" }
  | { readonly on: "reconnecting" }
  | { readonly on: "askReconnect" }
  | { readonly on: "goodbye" }
  /** There is a connection. It may replace one of the same generation. */
  | { readonly on: "linked" }
  /** The connection is no more. */
  | { readonly on: "lost" }
  /** No way has led to the other side so far. */
  | { readonly on: "stuck" }
  | { readonly on: "leave" };

export type ManagerEffect =
  | { readonly do: "say"; readonly message: JsonObject }
  /** Make a connection of a new generation. */
  | { readonly do: "connect"; readonly role: Role; readonly generation: number }
  /** Drop the connection, and whatever might become one. */
  | { readonly do: "disconnect" }
  | { readonly do: "useHints"; readonly hints: Hints }
  /** Try all ways again. With `publish`, tell the other side ours again: it has forgotten how it failed. */
  | { readonly do: "retry"; readonly publish: boolean }
  | { readonly do: "fail"; readonly reason: "reflected" | "left" };

type ManagerStep = Step<ManagerState, ManagerEffect>;
type Connecting = Extract<ManagerState, { at: "connecting" }>;
type Paired = Extract<ManagerState, Agreed>;

/** Asks the leader to reconnect: a follower may be the only one to know that the connection is lost. Our extension. */
const ASK_RECONNECT = "ask-reconnect";
/** Says that this side has closed its wormhole: nothing else on the wire does. Our extension. */
const GOODBYE = "goodbye";

export const manager = machine<ManagerState, ManagerEvent, ManagerEffect, never, Draws>({
  idle: {
    start: (_, { side }) => [{ at: "wanting", side }, say(encodePlease(side))],
    leave: () => [{ at: "stopped" }],
    ...stay("please", "hints", "reconnect", "reconnecting", "askReconnect", "goodbye", "linked", "lost", "stuck"),
  },
  wanting: {
    please: (state, event) => chooseRole(state.side, event),
    goodbye: () => left(),
    leave: () => [{ at: "stopped" }],
    ...stay("start", "hints", "reconnect", "reconnecting", "askReconnect", "linked", "lost", "stuck"),
  },
  connecting: {
    hints: (state, { hints }) => [state, { do: "useHints", hints }],
    linked: (state) => [{ ...state, at: "connected" }],
    reconnect: (state) => (state.role === "follower" ? obey(state) : [state]),
    stuck,
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "reconnecting", "askReconnect", "lost"),
  },
  connected: {
    // A relayed connection may still be replaced by a direct one.
    hints: (state, { hints }) => [state, { do: "useHints", hints }],
    reconnect: (state) => (state.role === "follower" ? obey(state) : [state]),
    askReconnect: (state) => (state.role === "leader" ? flush(state) : [state]),
    lost: (state) => (state.role === "leader" ? flush(state) : lonely(state)),
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "reconnecting", "linked", "stuck"),
  },
  flushing: {
    reconnecting: (state) => connect({ ...state, generation: state.generation + 1 }),
    goodbye: () => left(),
    leave,
    // Hints that come before `reconnecting` are the old generation's.
    ...stay("start", "please", "hints", "reconnect", "askReconnect", "linked", "lost", "stuck"),
  },
  lonely: {
    reconnect: obey,
    // The leader has found a better way, and we hear of it later than of the old one's end.
    linked: (state) => [{ ...state, at: "connected" }],
    // The leader may not have noticed, and still be there.
    stuck: (state) => (isPatient(state) ? [state, { do: "retry", publish: false }] : [state]),
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "hints", "reconnecting", "askReconnect", "lost"),
  },
  stopped: stay(
    ...(["start", "please", "hints", "reconnect", "reconnecting", "askReconnect", "goodbye"] as const),
    ...(["linked", "lost", "stuck", "leave"] as const),
  ),
});

/** The higher name leads. Our own name coming back can only be a mirror. */
function chooseRole(
  ours: string,
  { side, extensions }: { readonly side: string; readonly extensions: readonly string[] },
): ManagerStep {
  if (side === ours) return [{ at: "stopped" }, { do: "fail", reason: "reflected" }];
  return connect({ role: ours > side ? "leader" : "follower", generation: 1, extensions });
}

function connect({ role, generation, extensions }: Agreed): ManagerStep {
  return [
    { at: "connecting", role, generation, extensions },
    { do: "connect", role, generation },
  ];
}

function flush({ role, generation, extensions }: Agreed): ManagerStep {
  return [{ at: "flushing", role, generation, extensions }, { do: "disconnect" }, say({ type: "reconnect" })];
}

/** A direct way that is being found may still save us, so only the lost connection is gone. */
function lonely({ role, generation, extensions }: Agreed): ManagerStep {
  const state = { at: "lonely", role, generation, extensions } as const;
  return isPatient(state) ? [state, say({ type: ASK_RECONNECT })] : [state];
}

function obey({ role, generation, extensions }: Agreed): ManagerStep {
  const [next, ...effects] = connect({ role, generation: generation + 1, extensions });
  return [next, { do: "disconnect" }, say({ type: "reconnecting" }), ...effects];
}

/**
 * Two of our programs try the same ways again by themselves. Others dial each hint once: as their leader we begin anew,
 * as their follower we can only repeat our hints.
 */
function stuck(state: Connecting): ManagerStep {
  const patient = isPatient(state);
  if (!patient && state.role === "leader") return flush(state);
  return [state, { do: "retry", publish: !patient }];
}

function isPatient({ extensions }: Agreed): boolean {
  return extensions.includes(ASK_RECONNECT);
}

function left(): ManagerStep {
  return [{ at: "stopped" }, { do: "disconnect" }, { do: "fail", reason: "left" }];
}

function leave({ extensions }: Paired): ManagerStep {
  const farewell = extensions.includes(GOODBYE) ? [say({ type: GOODBYE })] : [];
  return [{ at: "stopped" }, { do: "disconnect" }, ...farewell];
}

function say(message: JsonObject): ManagerEffect {
  return { do: "say", message };
}
