/** The link to the mailbox server: a connection that is replaced whenever it is lost. */
import { type Draws, machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Random } from "../../base/random.ts";
import { count, flag, list, type Shape, text, variants } from "../../base/shape.ts";
import type { ConnectionFailure } from "../../errors.ts";
import { RETRY_FACTOR, RETRY_FIRST_MS, RETRY_JITTER_MS, RETRY_MOST_MS, STEADY_MS } from "../limits.ts";
import { type Effect, to } from "./effects.ts";

/** The data that the server gets about this client, and the history of connecting. */
interface Common {
  appId: string;
  side: string;
  /** Name and version of this program. */
  client: [string, string];
  /** Whether no server has admitted this client yet. Then a failure is final and is reported to the application at once. */
  first: boolean;
  /** Connections that were lost or failed since one of them was of any use. */
  attempts: number;
}

export type State =
  /** The driver has not begun to run this session. */
  | ({ at: "fresh" } & Common)
  | ({ at: "connecting" } & Common)
  /** The connection is open, but the server has not admitted this client yet: see the machine `permission`. */
  | ({ at: "open" } & Common)
  /** The server has the `bind` of this client and answers its commands. */
  | ({ at: "up" } & Common)
  /** The connection was lost. The next attempt follows after a pause. */
  | ({ at: "waiting" } & Common)
  | { at: "stopped" };

export type Event =
  | { on: "start" }
  | { on: "opened" }
  /** The server accepts `bind`. */
  | { on: "permitted" }
  /** The server has not sent its welcome in time. */
  | { on: "silent" }
  | { on: "lost"; failure: ConnectionFailure; detail: string }
  | { on: "retry" }
  /** The application waits for the server: the pause ends, or a connection that seems to be up is probed. */
  | { on: "hurry" }
  /** The server has done something that it had not done before: it has answered a request, or passed on a message. */
  | { on: "useful" }
  /** The link has been up for a while. */
  | { on: "steady" }
  /** The addresses of this computer have changed, so the old connection may be dead. */
  | { on: "moved" }
  /** The wormhole is closing. */
  | { on: "leaving" }
  | { on: "stop" };

const client: Shape<[string, string]> = (value): value is [string, string] => list(text)(value) && value.length === 2;
const common = { appId: text, side: text, client, first: flag, attempts: count };
export const shape = variants<State>({
  fresh: common,
  connecting: common,
  open: common,
  up: common,
  waiting: common,
  stopped: {},
});

type Live = Exclude<State, { at: "stopped" }>;

/** Keeps a connection to the mailbox server. The other machines learn only that it is up again. */
export const link = machine<State, Event, Effect, Unexpected, Draws>({
  fresh: {
    start: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    leaving,
    stop: () => [{ at: "stopped" }],
    ...stay("hurry", "moved", "useful", "steady"),
    ...unexpected("opened", "permitted", "silent", "lost", "retry"),
  },
  connecting: {
    opened: (state) => [{ ...state, at: "open" }, to("permission", { on: "opened" })],
    lost,
    moved,
    leaving,
    stop: hangUp,
    ...stay("start", "hurry", "useful", "steady"),
    ...unexpected("permitted", "silent", "retry"),
  },
  open: {
    permitted: bind,
    silent: (state, _, random) => {
      const end = { failure: "not-a-mailbox-server", detail: "it sent no welcome in time" } as const;
      const [next, ...effects] = lost(state, end, random);
      return [next, { do: "hangUp" }, ...effects];
    },
    lost,
    moved,
    leaving,
    stop: hangUp,
    ...stay("start", "hurry", "useful", "steady"),
    ...unexpected("opened", "retry"),
  },
  up: {
    lost: (state, event, random) => withoutSteady(lost(state, event, random)),
    moved: (state) => withoutSteady(moved(state)),
    hurry: (state) => [state, { do: "probe" }],
    useful: proven,
    steady: (state) => [...proven(state), to("permission", { on: "steady" })],
    stop: () => withoutSteady(hangUp()),
    ...stay("start", "leaving"),
    ...unexpected("opened", "permitted", "silent", "retry"),
  },
  waiting: {
    retry: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    hurry: tryNow,
    moved: tryNow,
    leaving,
    stop: () => [{ at: "stopped" }, { do: "cancelTimer", name: "retry" }],
    // An abandoned connection may still report its end before it is hung up.
    ...stay("start", "lost", "useful", "steady"),
    ...unexpected("opened", "permitted", "silent"),
  },
  stopped: {
    ...stay("start", "opened", "permitted", "silent", "lost", "retry", "hurry", "moved", "leaving", "stop"),
    ...stay("useful", "steady"),
  },
});

/** Every machine that waits for an answer repeats its request. The nameplate informs the mailbox. */
const LINKED: Effect[] = [
  to("allocator", { on: "linked" }),
  to("lister", { on: "linked" }),
  to("nameplate", { on: "linked" }),
];

const steady: Effect = { do: "setTimer", name: "steady", after: STEADY_MS };
const notSteady: Effect = { do: "cancelTimer", name: "steady" };

function bind(state: Live): Step<State, Effect> {
  const { appId, side, client } = state;
  return [
    { ...state, at: "up", first: false },
    steady,
    { do: "introduce", command: { type: "bind", appid: appId, side, client_version: client } },
    ...LINKED,
  ];
}

/** To be admitted is no proof: a server may do that each time, and cut the connection at the next command. */
function proven<S extends Live>(state: S): Step<State, Effect> {
  return [state.attempts === 0 ? state : { ...state, attempts: 0 }];
}

function withoutSteady([state, ...effects]: Step<State, Effect>): Step<State, Effect> {
  return [state, notSteady, ...effects];
}

const disconnected = to("permission", { on: "disconnected" });

/** Hangs up and connects again at once. */
function moved(state: Live): Step<State, Effect> {
  return [{ ...state, at: "connecting" }, disconnected, { do: "hangUp" }, { do: "open" }];
}

function tryNow(state: Extract<State, { at: "waiting" }>): Step<State, Effect> {
  return [{ ...state, at: "connecting" }, { do: "cancelTimer", name: "retry" }, { do: "open" }];
}

const TOO_LARGE = to("outcome", { on: "serverError", reason: "a message from the other side is too large" });

function lost(
  state: Live,
  { failure, detail }: { failure: ConnectionFailure; detail: string },
  random: Random,
): Step<State, Effect> {
  const next: State = { ...state, at: "waiting", attempts: state.attempts + 1 };
  if (state.first) {
    const ending = { kind: "unreachable", failure, detail } as const;
    return [next, disconnected, to("outcome", { on: "unreachable", ending })];
  }
  const retry: Effect = { do: "setTimer", name: "retry", after: pause(state.attempts, random) };
  // The same message would arrive again on every new connection.
  return failure === "too-large" ? [next, disconnected, retry, TOO_LARGE] : [next, disconnected, retry];
}

/** Milliseconds until the next attempt: 1, 1.5, 2.25 … 60 seconds, and up to one second of jitter. */
function pause(attempts: number, random: Random): number {
  const [byte = 0] = random(1);
  const base = Math.min(RETRY_FIRST_MS * RETRY_FACTOR ** attempts, RETRY_MOST_MS);
  return base + (RETRY_JITTER_MS * byte) / 256;
}

/** If no server was ever reached, nothing has to be released. */
function leaving(state: Live): Step<State, Effect> {
  return state.first ? [state, to("terminator", { on: "giveUp" })] : [state];
}

function hangUp(): Step<State, Effect> {
  return [{ at: "stopped" }, disconnected, { do: "hangUp" }];
}
