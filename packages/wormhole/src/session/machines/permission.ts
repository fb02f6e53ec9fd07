/** The steps between an open connection and `bind`: the welcome, and the permission that it requires. */
import type { JsonObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { count, list, oneOf, optional, text, variants } from "../../base/shape.ts";
import { EARNED_WORK, MAX_WORK, WELCOME_DEADLINE_MS } from "../limits.ts";
import { permissionIn } from "../welcome.ts";
import { type Effect, to } from "./effects.ts";

/** The two names of the message that carries a stamp: the one in the protocol, and the one of the Rust program. */
export type Spelling = "submit-permissions" | "submit-permission";

interface Common {
  /** The hashes that were spent on stamps, on average, and not earned back. */
  work?: number;
}

export type State =
  | ({ at: "unconnected" } & Common)
  /** The connection is open, but the server has not sent its welcome. */
  | ({ at: "greeting" } & Common)
  /** The driver is making the stamp that the server requires. */
  | ({ at: "minting" } & Common)
  /** The stamp was sent under the first of `names`. If the server refuses it, the next name is tried. */
  | ({ at: "submitting"; stamp: string; names: readonly Spelling[] } & Common)
  /** The server accepts `bind`. */
  | ({ at: "granted" } & Common);

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
  /** The link has been up for a while. */
  | { on: "steady" }
  | { on: "disconnected" };

const work = optional(count);
export const shape = variants<State>({
  unconnected: { work },
  greeting: { work },
  minting: { work },
  submitting: {
    work,
    stamp: text,
    names: list(oneOf<Spelling>({ "submit-permissions": true, "submit-permission": true })),
  },
  granted: { work },
});

const deadline: Effect = { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE_MS };
const noDeadline: Effect = { do: "cancelTimer", name: "welcome" };
const permitted = to("link", { on: "permitted" });

/** Waits for the welcome, and gets the permission that it requires. Starts anew with every connection, except for the work. */
export const permission = machine<State, Event, Effect, Unexpected>({
  unconnected: {
    opened: (state) => [{ ...state, at: "greeting" }, deadline],
    // An abandoned connection may still deliver messages before it is hung up.
    ...stay("greeted", "minted", "pong", "refused", "silent", "steady", "disconnected"),
  },
  greeting: {
    greeted,
    refused,
    silent: (state) => [{ ...state, at: "unconnected" }, to("link", { on: "silent" })],
    disconnected: (state) => [{ ...state, at: "unconnected" }, noDeadline],
    ...stay("minted", "pong", "steady"),
    ...unexpected("opened"),
  },
  minting: {
    minted: (state, { stamp }) => submit({ ...state, at: "submitting", stamp, names: NAMES }),
    refused,
    disconnected,
    ...stay("greeted", "pong", "silent", "steady"),
    ...unexpected("opened"),
  },
  submitting: {
    // The server answers in order, so it has accepted the stamp.
    pong: (state) => [{ at: "granted", ...worked(state) }, permitted],
    refused: (state, event) =>
      state.names.length > 1 ? submit({ ...state, names: state.names.slice(1) }) : refused(state, event),
    disconnected,
    ...stay("greeted", "minted", "silent", "steady"),
    ...unexpected("opened"),
  },
  granted: {
    // It is the nameplate whose claim may have been refused.
    refused: (state, { reason }) => [state, to("nameplate", { on: "denied", reason })],
    disconnected,
    steady: (state) => [state.work === undefined ? state : { at: "granted", work: earned(state.work) }],
    // The server may greet again at any time.
    ...stay("greeted", "minted", "pong", "silent"),
    ...unexpected("opened"),
  },
});

const NAMES: readonly Spelling[] = ["submit-permissions", "submit-permission"];

type At<A> = Extract<State, { at: A }>;

/** The count of work, without the rest of the state. */
function worked({ work }: State): Common {
  return work === undefined ? {} : { work };
}

const earned = (work: number): number => Math.max(0, work - EARNED_WORK);

const OVERWORKED: Effect = to("outcome", {
  on: "turnedAway",
  reason: "it requires more work again and again than this program accepts",
});

function greeted(state: At<"greeting">, { welcome }: { welcome: JsonObject }): Step<State, Effect> {
  const required = permissionIn(welcome);
  switch (required.kind) {
    case "none":
      return [{ at: "granted", ...worked(state) }, noDeadline, permitted];
    case "hashcash": {
      const spent = (state.work ?? 0) + 2 ** required.bits;
      if (spent > MAX_WORK) return [state, noDeadline, OVERWORKED];
      const mint: Effect = { do: "mint", bits: required.bits, resource: required.resource };
      return [{ at: "minting", work: spent }, noDeadline, mint];
    }
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

function disconnected(state: State): Step<State, Effect> {
  return [{ at: "unconnected", ...worked(state) }];
}
