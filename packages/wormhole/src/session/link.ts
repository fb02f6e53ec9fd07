import type { ConnectionFailure } from "../errors.ts";
import { machine, type Step, stay, unexpected } from "../machine.ts";
import type { Random } from "../net/random.ts";
import { type Effect, to, transmit } from "./effects.ts";
import { RETRY_FACTOR, RETRY_FIRST, RETRY_JITTER, RETRY_MOST, WELCOME_DEADLINE } from "./limits.ts";

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
  | ({ at: "up" } & Common)
  | ({ at: "waiting" } & Common)
  | { at: "stopped" };

export type Event =
  | { on: "start" }
  | { on: "opened" }
  | { on: "welcomed" }
  | { on: "lost"; failure: ConnectionFailure; detail: string }
  | { on: "retry" }
  | { on: "silent" }
  /** The wormhole is closing. */
  | { on: "leaving" }
  | { on: "stop" };

type Live = Exclude<State, { at: "stopped" }>;

/** The way to the mailbox server, mended whenever it breaks. All other machines only hear that it is there again. */
export const link = machine<State, Event, Effect>({
  fresh: {
    start: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    leaving: (state) => [state, to("terminator", { on: "giveUp" })],
    stop: () => [{ at: "stopped" }],
    ...unexpected("opened", "welcomed", "lost", "retry", "silent"),
  },
  connecting: {
    opened: (state) => [
      { ...state, at: "greeting" },
      { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE },
    ],
    lost,
    leaving,
    stop: hangUp,
    ...stay("start"),
    ...unexpected("welcomed", "retry", "silent"),
  },
  greeting: {
    welcomed: (state) => [
      { ...state, at: "up", first: false, attempts: 0 },
      { do: "cancelTimer", name: "welcome" },
      transmit({ type: "bind", appid: state.appId, side: state.side, client_version: state.client }),
      ...LINKED,
    ],
    lost: (state, event, random) => {
      const [next, ...effects] = lost(state, event, random);
      return [next, { do: "cancelTimer", name: "welcome" }, ...effects];
    },
    silent: (state, _, random) => {
      const end = { failure: "not-a-mailbox-server", detail: "it does not greet as one" } as const;
      const [next, ...effects] = lost(state, end, random);
      return [next, { do: "hangUp" }, ...effects];
    },
    leaving,
    stop: hangUp,
    ...stay("start"),
    ...unexpected("opened", "retry"),
  },
  up: {
    lost,
    stop: hangUp,
    // The server may greet again at any time.
    ...stay("start", "welcomed", "leaving", "silent"),
    ...unexpected("opened", "retry"),
  },
  waiting: {
    retry: (state) => [{ ...state, at: "connecting" }, { do: "open" }],
    leaving,
    stop: () => [{ at: "stopped" }, { do: "cancelTimer", name: "retry" }],
    ...stay("start", "lost", "silent"),
    ...unexpected("opened", "welcomed"),
  },
  stopped: {
    ...stay("start", "opened", "welcomed", "lost", "retry", "silent", "leaving", "stop"),
  },
});

/** Everybody who waits for an answer asks again. */
const LINKED: Effect[] = [
  to("allocator", { on: "linked" }),
  to("lister", { on: "linked" }),
  to("nameplate", { on: "linked" }),
  to("mailbox", { on: "linked" }),
];

function lost(
  state: Live,
  { failure, detail }: { failure: ConnectionFailure; detail: string },
  random: Random,
): Step<State, Effect> {
  const next: State = { ...state, at: "waiting", attempts: state.attempts + 1 };
  if (state.first) {
    return [next, to("boss", { on: "unreachable", ending: { kind: "unreachable", failure, detail } })];
  }
  return [next, { do: "setTimer", name: "retry", after: delay(state.attempts, random) }];
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
