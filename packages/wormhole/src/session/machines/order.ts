import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../limits.ts";
import { type Effect, to } from "./effects.ts";

/** A message of the peer, still encrypted. */
export interface Incoming {
  readonly side: string;
  readonly phase: string;
  readonly body: Uint8Array;
}

export type State =
  /** Nothing of the key exchange yet. */
  | { at: "waiting"; held: Incoming[] }
  /** The peer's half came: what it leads to is being found out. */
  | { at: "exchanging"; held: Incoming[] }
  | { at: "open" };

export type Event = ({ on: "message" } & Incoming) | { on: "agreed" };

/** The key exchange comes first, in whatever order the server delivers; everything else waits for its end. */
export const order = machine<State, Event, Effect, Unexpected>({
  waiting: {
    message: (state, { side, phase, body }) =>
      phase === "pake"
        ? [{ ...state, at: "exchanging" }, to("key", { on: "pake", body })]
        : hold(state, { side, phase, body }),
    ...unexpected("agreed"),
  },
  exchanging: {
    agreed: ({ held }) => [{ at: "open" }, ...held.map(handOn)],
    // The exchange has failed, and the wormhole is closing.
    ...stay("message"),
  },
  open: {
    // A second key exchange is nobody's business: one code, one guess.
    message: (state, { side, phase, body }) => (phase === "pake" ? [state] : [state, handOn({ side, phase, body })]),
    ...stay("agreed"),
  },
});

function handOn(message: Incoming): Effect {
  return to("receive", { on: "message", ...message });
}

function hold(state: Extract<State, { at: "waiting" }>, message: Incoming): Step<State, Effect> {
  const held = [...state.held, message];
  const bytes = held.reduce((sum, { body }) => sum + body.length, 0);
  if (held.length > MAX_HELD_MESSAGES || bytes > MAX_HELD_BYTES) return [state, to("boss", { on: "overwhelmed" })];
  return [{ ...state, held }];
}
