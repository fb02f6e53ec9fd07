/** The steps between an open connection and `bind`: the welcome, and the permission that it requires. */
import type { JsonObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { list, oneOf, text, variants } from "../../base/shape.ts";
import { WELCOME_DEADLINE_MS } from "../limits.ts";
import { permissionIn } from "../welcome.ts";
import { type Effect, to } from "./effects.ts";

/** The two names of the message that carries a stamp: the one in the protocol, and the one of the Rust program. */
export type Spelling = "submit-permissions" | "submit-permission";

export type State =
  | { at: "unconnected" }
  /** The connection is open, but the server has not sent its welcome. */
  | { at: "greeting" }
  /** The driver is making the stamp that the server requires. */
  | { at: "minting" }
  /** The stamp was sent under the first of `names`. If the server refuses it, the next name is tried. */
  | { at: "submitting"; stamp: string; names: readonly Spelling[] }
  /** The server accepts `bind`. */
  | { at: "granted" };

export type Event =
  | { on: "opened" }
  /** The server's welcome arrived and does not refuse this client. */
  | { on: "greeted"; welcome: JsonObject }
  | { on: "minted"; stamp: string }
  | { on: "pong" }
  /** The server answered with an error. */
  | { on: "refused"; reason: string }
  /** The deadline for the welcome has passed. */
  | { on: "silent" }
  | { on: "disconnected" };

export const shape = variants<State>({
  unconnected: {},
  greeting: {},
  minting: {},
  submitting: {
    stamp: text,
    names: list(oneOf<Spelling>({ "submit-permissions": true, "submit-permission": true })),
  },
  granted: {},
});

const deadline: Effect = { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE_MS };
const noDeadline: Effect = { do: "cancelTimer", name: "welcome" };
const permitted = to("link", { on: "permitted" });

/** Waits for the welcome, and gets the permission that it requires. Starts anew with every connection. */
export const permission = machine<State, Event, Effect, Unexpected>({
  unconnected: {
    opened: () => [{ at: "greeting" }, deadline],
    // An abandoned connection may still deliver messages before it is hung up.
    ...stay("greeted", "minted", "pong", "refused", "silent", "disconnected"),
  },
  greeting: {
    greeted,
    refused,
    silent: () => [{ at: "unconnected" }, to("link", { on: "silent" })],
    disconnected: () => [{ at: "unconnected" }, noDeadline],
    ...stay("minted", "pong"),
    ...unexpected("opened"),
  },
  minting: {
    minted: (_, { stamp }) => submit({ at: "submitting", stamp, names: NAMES }),
    refused,
    disconnected,
    ...stay("greeted", "pong", "silent"),
    ...unexpected("opened"),
  },
  submitting: {
    // The server answers in order, so it has accepted the stamp.
    pong: () => [{ at: "granted" }, permitted],
    refused: (state, event) =>
      state.names.length > 1 ? submit({ ...state, names: state.names.slice(1) }) : refused(state, event),
    disconnected,
    ...stay("greeted", "minted", "silent"),
    ...unexpected("opened"),
  },
  granted: {
    // It is the nameplate whose claim may have been refused.
    refused: (state, { reason }) => [state, to("nameplate", { on: "denied", reason })],
    disconnected,
    // The server may greet again at any time.
    ...stay("greeted", "minted", "pong", "silent"),
    ...unexpected("opened"),
  },
});

const NAMES: readonly Spelling[] = ["submit-permissions", "submit-permission"];

function greeted(state: State, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const required = permissionIn(welcome);
  switch (required.kind) {
    case "none":
      return [{ at: "granted" }, noDeadline, permitted];
    case "hashcash":
      return [{ at: "minting" }, noDeadline, { do: "mint", bits: required.bits, resource: required.resource }];
    case "impossible":
      return [state, noDeadline, to("outcome", { on: "turnedAway", reason: required.reason })];
  }
}

/** A server does not confirm a stamp that it accepts. The `pong` to the ping after it shows that there was no error. */
function submit(state: Extract<State, { at: "submitting" }>): Step<State, Effect> {
  const [type = "submit-permissions"] = state.names;
  return [
    state,
    { do: "introduce", command: { type, method: "hashcash", stamp: state.stamp } },
    { do: "introduce", command: { type: "ping", ping: 0 } },
  ];
}

function refused(state: State, { reason }: { reason: string }): Step<State, Effect> {
  return [state, to("outcome", { on: "serverError", reason })];
}

function disconnected(): Step<State, Effect> {
  return [{ at: "unconnected" }];
}
