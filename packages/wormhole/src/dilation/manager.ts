/**
 * Decides when a new connection is made, as in dilation-protocol.rst of magic-wormhole. The side with the higher name
 * leads. When the connection is lost, the leader sends `reconnect`, the follower drops everything old and sends
 * `reconnecting`, and both begin the next generation. Records do not carry the number of their generation. Therefore each
 * side drops everything of the old generation before it sends its message, or before it takes hints of the new one.
 */
import type { JsonObject } from "../base/json.ts";
import { type Draws, machine, type Step, stay } from "../base/machine.ts";
import type { Hints } from "../transit/hints.ts";
import { encodePlease } from "./wire/control.ts";
import type { DilationRole } from "./wire/role.ts";

/** What both sides have agreed on. */
interface Agreed {
  readonly role: DilationRole;
  /** Counts the connections that were asked for, from 1. */
  readonly generation: number;
  /** The peer's extensions of the protocol. */
  readonly extensions: readonly string[];
}

export type ManagerState =
  /** The peer's versions are unknown. */
  | { readonly at: "idle" }
  /** This side has sent `please` and waits for the one of the peer. */
  | { readonly at: "wanting"; readonly side: string }
  /** A connection of this generation is being made. */
  | ({ readonly at: "connecting" } & Agreed)
  /** There is a connection. */
  | ({ readonly at: "connected" } & Agreed)
  /** The leader has sent `reconnect` and waits until the follower has dropped everything old. */
  | ({ readonly at: "flushing" } & Agreed)
  /** The follower has lost the connection and waits for the leader's `reconnect`. */
  | ({ readonly at: "lonely" } & Agreed)
  /** The wormhole has ended on one of the sides. */
  | { readonly at: "stopped" };

export type ManagerEvent =
  /** The peer can dilate. `side` is this side's name in this dilation: 16 random hex digits. */
  | { readonly on: "start"; readonly side: string }
  | { readonly on: "please"; readonly side: string; readonly extensions: readonly string[] }
  | { readonly on: "hints"; readonly hints: Hints }
  | { readonly on: "reconnect" }
  | { readonly on: "reconnecting" }
  | { readonly on: "askReconnect" }
  | { readonly on: "goodbye" }
  /** There is a connection. It may replace one of the same generation. */
  | { readonly on: "connected" }
  /** The connection is lost. */
  | { readonly on: "lost" }
  /** All ways to the peer have failed so far. */
  | { readonly on: "stuck" }
  /** This side closes its wormhole. */
  | { readonly on: "leave" };

export type ManagerEffect =
  /** Send a control message. */
  | { readonly do: "send"; readonly message: JsonObject }
  /** Make a connection of a new generation. */
  | { readonly do: "connect"; readonly role: DilationRole; readonly generation: number }
  /** Drop the connection, and every attempt to make one. */
  | { readonly do: "disconnect" }
  | { readonly do: "useHints"; readonly hints: Hints }
  /** Try all ways again. With `publish`, send our hints again, because the peer tries each hint only once. */
  | { readonly do: "retry"; readonly publish: boolean }
  /** End with an error: the mailbox reflects our messages, or the peer has left. */
  | { readonly do: "fail"; readonly reason: "reflected" | "left" };

type ManagerStep = Step<ManagerState, ManagerEffect>;
type Connecting = Extract<ManagerState, { at: "connecting" }>;
type Paired = Extract<ManagerState, Agreed>;

/** Our extension: asks the leader to reconnect, because the follower may be the only side that has noticed a loss. */
const ASK_RECONNECT = "ask-reconnect";
/** Our extension: reports that this side has closed its wormhole. The protocol has no such message. */
const GOODBYE = "goodbye";

export const manager = machine<ManagerState, ManagerEvent, ManagerEffect, never, Draws>({
  idle: {
    start: (_, { side }) => [{ at: "wanting", side }, send(encodePlease(side))],
    leave: () => [{ at: "stopped" }],
    ...stay("please", "hints", "reconnect", "reconnecting", "askReconnect", "goodbye", "connected", "lost", "stuck"),
  },
  wanting: {
    please: (state, event) => chooseRole(state.side, event),
    goodbye: () => left(),
    leave: () => [{ at: "stopped" }],
    ...stay("start", "hints", "reconnect", "reconnecting", "askReconnect", "connected", "lost", "stuck"),
  },
  connecting: {
    hints: (state, { hints }) => [state, { do: "useHints", hints }],
    connected: (state) => [{ ...state, at: "connected" }],
    reconnect: (state) => (state.role === "follower" ? obey(state) : [state]),
    stuck,
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "reconnecting", "askReconnect", "lost"),
  },
  connected: {
    // A direct connection may still replace a relayed one.
    hints: (state, { hints }) => [state, { do: "useHints", hints }],
    reconnect: (state) => (state.role === "follower" ? obey(state) : [state]),
    askReconnect: (state) => (state.role === "leader" ? flush(state) : [state]),
    lost: (state) => (state.role === "leader" ? flush(state) : lonely(state)),
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "reconnecting", "connected", "stuck"),
  },
  flushing: {
    reconnecting: (state) => connect({ ...state, generation: state.generation + 1 }),
    goodbye: () => left(),
    leave,
    // Hints that come before `reconnecting` belong to the old generation.
    ...stay("start", "please", "hints", "reconnect", "askReconnect", "connected", "lost", "stuck"),
  },
  lonely: {
    reconnect: obey,
    // The leader has replaced the connection, and the follower has seen the end of the old one first.
    connected: (state) => [{ ...state, at: "connected" }],
    // If the leader has not noticed the loss, it still accepts connections.
    stuck: (state) => (peerRetries(state) ? [state, { do: "retry", publish: false }] : [state]),
    goodbye: () => left(),
    leave,
    ...stay("start", "please", "hints", "reconnecting", "askReconnect", "lost"),
  },
  stopped: stay(
    ...(["start", "please", "hints", "reconnect", "reconnecting", "askReconnect", "goodbye"] as const),
    ...(["connected", "lost", "stuck", "leave"] as const),
  ),
});

/** The higher name leads. If our own name comes back, the mailbox reflects our messages. */
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
  return [{ at: "flushing", role, generation, extensions }, { do: "disconnect" }, send({ type: "reconnect" })];
}

/** Does not disconnect: a direct connection that is being made may still replace the lost one. */
function lonely({ role, generation, extensions }: Agreed): ManagerStep {
  const state = { at: "lonely", role, generation, extensions } as const;
  return peerRetries(state) ? [state, send({ type: ASK_RECONNECT })] : [state];
}

function obey({ role, generation, extensions }: Agreed): ManagerStep {
  const [next, ...effects] = connect({ role, generation: generation + 1, extensions });
  return [next, { do: "disconnect" }, send({ type: "reconnecting" }), ...effects];
}

/**
 * Tries the same ways again if the peer does so by itself. Other peers dial each hint only once. With them, a leader begins
 * a new generation, and a follower can only send its hints again.
 */
function stuck(state: Connecting): ManagerStep {
  const patient = peerRetries(state);
  if (!patient && state.role === "leader") return flush(state);
  return [state, { do: "retry", publish: !patient }];
}

/** Whether the peer tries failed ways again by itself, as programs with our extensions do. */
function peerRetries({ extensions }: Agreed): boolean {
  return extensions.includes(ASK_RECONNECT);
}

function left(): ManagerStep {
  return [{ at: "stopped" }, { do: "disconnect" }, { do: "fail", reason: "left" }];
}

function leave({ extensions }: Paired): ManagerStep {
  const goodbye = extensions.includes(GOODBYE) ? [send({ type: GOODBYE })] : [];
  return [{ at: "stopped" }, { do: "disconnect" }, ...goodbye];
}

function send(message: JsonObject): ManagerEffect {
  return { do: "send", message };
}
