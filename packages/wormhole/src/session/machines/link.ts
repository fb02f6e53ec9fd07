import type { JsonObject } from "../../base/json.ts";
import { type Draws, machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import type { ConnectionFailure } from "../../errors.ts";
import { RETRY_FACTOR, RETRY_FIRST, RETRY_JITTER, RETRY_MOST, WELCOME_DEADLINE } from "../limits.ts";
import { type Effect, to } from "./effects.ts";
import { permissionIn } from "./permission.ts";

/** Who we are to the server: it knows nothing else. */
interface Common {
  appId: string;
  side: string;
  /** Name and version of this program. */
  client: [string, string];
  /** No server was ever reached: a failure now is final, and told at once. */
  first: boolean;
  /** Attempts since the server was last heard. */
  attempts: number;
}

export type State =
  | ({ at: "fresh" } & Common)
  | ({ at: "connecting" } & Common)
  /** The WebSocket is open; the server has not greeted us yet. */
  | ({ at: "greeting" } & Common)
  /** The server wants a stamp, which is being made. */
  | ({ at: "minting" } & Common)
  /** It has the stamp; programs in the field call the message by two names, and we may have to try both. */
  | ({ at: "submitting"; stamp: string; names: readonly Spelling[] } & Common)
  | ({ at: "up" } & Common)
  | ({ at: "waiting" } & Common)
  | { at: "stopped" };

export type Event =
  | { on: "start" }
  | { on: "opened" }
  | { on: "welcomed"; welcome: JsonObject }
  | { on: "minted"; stamp: string }
  | { on: "pong" }
  /** The server answered with an error. */
  | { on: "refused"; reason: string }
  | { on: "lost"; failure: ConnectionFailure; detail: string }
  | { on: "retry" }
  /** Somebody waits for the server: if it is not reached, try again at once; if it seems to be, it may be gone. */
  | { on: "hurry" }
  /** The addresses of this machine have changed: what was connected before is not to be trusted. */
  | { on: "moved" }
  | { on: "silent" }
  /** The wormhole is closing. */
  | { on: "leaving" }
  | { on: "stop" };

type Live = Exclude<State, { at: "stopped" }>;

/** The way to the mailbox server, mended whenever it breaks. All other machines only hear that it is there again. */
export const link = machine<State, Event, Effect, Unexpected, Draws>({
  fresh: {
    start: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    leaving,
    stop: () => [{ at: "stopped" }],
    ...stay("minted", "hurry", "moved"),
    ...unexpected("opened", "welcomed", "pong", "refused", "lost", "retry", "silent"),
  },
  connecting: {
    opened: (state) => [
      { ...state, at: "greeting" },
      { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE },
    ],
    lost,
    moved,
    leaving,
    stop: hangUp,
    ...stay("start", "minted", "hurry"),
    ...unexpected("welcomed", "pong", "refused", "retry", "silent"),
  },
  greeting: {
    welcomed: (state, { welcome }) => welcomed(state, welcome),
    refused,
    lost: (state, event, random) => {
      const [next, ...effects] = lost(state, event, random);
      return [next, { do: "cancelTimer", name: "welcome" }, ...effects];
    },
    silent: (state, _, random) => {
      const end = { failure: "not-a-mailbox-server", detail: "it does not greet as one" } as const;
      const [next, ...effects] = lost(state, end, random);
      return [next, { do: "hangUp" }, ...effects];
    },
    moved: (state) => {
      const [next, ...effects] = moved(state);
      return [next, { do: "cancelTimer", name: "welcome" }, ...effects];
    },
    leaving,
    stop: hangUp,
    ...stay("start", "minted", "pong", "hurry"),
    ...unexpected("opened", "retry"),
  },
  minting: {
    minted: (state, { stamp }) => submit({ ...state, at: "submitting", stamp, names: NAMES }),
    refused,
    lost,
    moved,
    leaving,
    stop: hangUp,
    ...stay("start", "welcomed", "pong", "silent", "hurry"),
    ...unexpected("opened", "retry"),
  },
  submitting: {
    // The server answers in order: no error came before this.
    pong: (state) => bind(state),
    refused: (state, event) =>
      state.names.length > 1 ? submit({ ...state, names: state.names.slice(1) }) : refused(state, event),
    lost,
    moved,
    leaving,
    stop: hangUp,
    ...stay("start", "welcomed", "minted", "silent", "hurry"),
    ...unexpected("opened", "retry"),
  },
  up: {
    refused,
    lost,
    moved,
    stop: hangUp,
    hurry: (state) => [state, { do: "probe" }],
    // The server may greet again at any time.
    ...stay("start", "welcomed", "minted", "pong", "leaving", "silent"),
    ...unexpected("opened", "retry"),
  },
  waiting: {
    retry: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    hurry: tryNow,
    moved: tryNow,
    leaving,
    stop: () => [{ at: "stopped" }, { do: "cancelTimer", name: "retry" }],
    // A connection that we gave up may still speak until it is hung up.
    ...stay("start", "welcomed", "minted", "pong", "refused", "lost", "silent"),
    ...unexpected("opened"),
  },
  stopped: {
    ...stay("start", "opened", "welcomed", "minted", "pong", "refused", "lost", "retry", "silent", "leaving", "stop"),
    ...stay("hurry", "moved"),
  },
});

/** Hangs up, and connects again at once. What was agreed with the server on the old connection is forgotten. */
function moved({ appId, side, client, first, attempts }: Live): Step<State, Effect> {
  return [{ at: "connecting", appId, side, client, first, attempts }, { do: "hangUp" }, { do: "open" }];
}

function tryNow(state: Extract<State, { at: "waiting" }>): Step<State, Effect> {
  return [{ ...state, at: "connecting" }, { do: "cancelTimer", name: "retry" }, { do: "open" }];
}

/** As the document calls the message, and as the Rust program does. */
export type Spelling = "submit-permissions" | "submit-permission";
const NAMES: readonly Spelling[] = ["submit-permissions", "submit-permission"];

/** Everybody who waits for an answer asks again. */
const LINKED: Effect[] = [
  to("allocator", { on: "linked" }),
  to("lister", { on: "linked" }),
  to("nameplate", { on: "linked" }),
  to("mailbox", { on: "linked" }),
];

function welcomed(state: Live, welcome: JsonObject): Step<State, Effect> {
  const greeted: Effect = { do: "cancelTimer", name: "welcome" };
  const permission = permissionIn(welcome);
  switch (permission.kind) {
    case "none": {
      const [next, ...effects] = bind(state);
      return [next, greeted, ...effects];
    }
    case "hashcash":
      return [
        { ...state, at: "minting" },
        greeted,
        { do: "mint", bits: permission.bits, resource: permission.resource },
      ];
    case "impossible":
      return [state, greeted, to("boss", { on: "turnedAway", reason: permission.reason })];
  }
}

function bind({ appId, side, client }: Live): Step<State, Effect> {
  return [
    { at: "up", appId, side, client, first: false, attempts: 0 },
    { do: "introduce", command: { type: "bind", appid: appId, side, client_version: client } },
    ...LINKED,
  ];
}

/** The ping behind it tells us when the server has made up its mind. */
function submit(state: Extract<State, { at: "submitting" }>): Step<State, Effect> {
  const [type = "submit-permissions"] = state.names;
  return [
    state,
    { do: "introduce", command: { type, method: "hashcash", stamp: state.stamp } },
    { do: "introduce", command: { type: "ping", ping: 0 } },
  ];
}

const TOO_LARGE = to("boss", { on: "serverError", reason: "a message of the other side is too large" });

function refused(state: Live, { reason }: { reason: string }): Step<State, Effect> {
  return [state, to("boss", { on: "serverError", reason })];
}

function lost(
  { appId, side, client, first, attempts }: Live,
  { failure, detail }: { failure: ConnectionFailure; detail: string },
  random: Random,
): Step<State, Effect> {
  const next: State = { at: "waiting", appId, side, client, first, attempts: attempts + 1 };
  if (first) return [next, to("boss", { on: "unreachable", ending: { kind: "unreachable", failure, detail } })];
  const retry: Effect = { do: "setTimer", name: "retry", after: delay(attempts, random) };
  // It would come again with every new connection.
  return failure === "too-large" ? [next, retry, TOO_LARGE] : [next, retry];
}

/** Exponential, bounded, and spread: 1, 1.5, 2.25 … 60 seconds, and up to one more. */
function delay(attempts: number, random: Random): number {
  const [byte = 0] = random(1);
  const base = Math.min(RETRY_FIRST * RETRY_FACTOR ** attempts, RETRY_MOST);
  return base + (RETRY_JITTER * byte) / 256;
}

/** A server that was never reached holds nothing of ours. */
function leaving(state: Live): Step<State, Effect> {
  return state.first ? [state, to("terminator", { on: "giveUp" })] : [state];
}

function hangUp(): Step<State, Effect> {
  return [{ at: "stopped" }, { do: "cancelTimer", name: "welcome" }, { do: "hangUp" }];
}
