/** Sorts messages from the peer: its half of the key exchange first, then everything else in order of arrival. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { anyBytes, fields, list, text, variants } from "../../base/shape.ts";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../limits.ts";
import { type Effect, to } from "./effects.ts";

/** A message from the peer, still encrypted. */
export interface ReceivedMessage {
  readonly side: string;
  readonly phase: string;
  readonly body: Uint8Array;
}

export type State =
  /** The peer's half has not arrived. */
  | { at: "waiting"; held: ReceivedMessage[] }
  /** The machine `key` is processing the peer's half. */
  | { at: "exchanging"; held: ReceivedMessage[] }
  | { at: "open" };

export type Event = ({ on: "message" } & ReceivedMessage) | { on: "agreed" };

const held = list(fields<ReceivedMessage>({ side: text, phase: text, body: anyBytes }));
export const shape = variants<State>({ waiting: { held }, exchanging: { held }, open: {} });

/** Holds all other messages until the key exchange is done, whatever the order of delivery. */
export const order = machine<State, Event, Effect, Unexpected>({
  waiting: {
    message: (state, { side, phase, body }) =>
      phase === "pake"
        ? [{ ...state, at: "exchanging" }, to("key", { on: "pake", body })]
        : hold(state, { side, phase, body }),
    ...unexpected("agreed"),
  },
  exchanging: {
    agreed: ({ held }) => [{ at: "open" }, ...held.map(passOn)],
    // The exchange has failed, and the wormhole is closing.
    ...stay("message"),
  },
  open: {
    // A second exchange is ignored: one code allows one guess.
    message: (state, { side, phase, body }) => (phase === "pake" ? [state] : [state, passOn({ side, phase, body })]),
    ...stay("agreed"),
  },
});

function passOn(message: ReceivedMessage): Effect {
  return to("receive", { on: "message", ...message });
}

function hold(state: Extract<State, { at: "waiting" }>, message: ReceivedMessage): Step<State, Effect> {
  const held = [...state.held, message];
  const bytes = held.reduce((sum, { body }) => sum + body.length, 0);
  if (held.length > MAX_HELD_MESSAGES || bytes > MAX_HELD_BYTES) return [state, to("outcome", { on: "overwhelmed" })];
  return [{ ...state, held }];
}
