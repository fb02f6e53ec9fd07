import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { MAX_PHASES } from "../limits.ts";
import type { Mood } from "../messages.ts";
import { type Effect, to, transmit } from "./effects.ts";
import { type Heard, isHeard, sizeOf, withHeard } from "./heard.ts";

/** One of our messages, as it was encrypted once and for ever. */
export interface Outgoing {
  readonly phase: string;
  readonly body: Uint8Array;
}

/** `side` tells our own messages, which come back, from the peer's. */
interface Common {
  side: string;
  /** What the server has not been seen to hold yet, in order. */
  outbox: Outgoing[];
  /** Set by the mood event, before the mailbox is closed. */
  mood: Mood;
}

export type State =
  | ({ at: "unknown" } & Common)
  | ({ at: "open"; mailbox: string } & Heard & Common)
  | ({ at: "closing"; mailbox: string } & Common)
  | { at: "closed" };

export type Event =
  | { on: "found"; mailbox: string }
  | { on: "linked" }
  | { on: "add"; phase: string; body: Uint8Array }
  | { on: "message"; side: string; phase: string; body: Uint8Array }
  | { on: "mood"; mood: Mood }
  | { on: "close" }
  | { on: "closed" };

/** Keeps our messages until the server has echoed them, and hands on each of the peer's once. */
export const mailbox = machine<State, Event, Effect, Unexpected>({
  unknown: {
    found: (state, { mailbox }) => [
      { ...state, at: "open", mailbox, heard: [] },
      transmit({ type: "open", mailbox }),
      ...state.outbox.map(add),
    ],
    add: (state, outgoing) => [keep(state, outgoing)],
    mood: (state, { mood }) => [{ ...state, mood }],
    close: () => [{ at: "closed" }, to("terminator", { on: "mailboxDone" })],
    ...stay("linked"),
    ...unexpected("message", "closed"),
  },
  open: {
    linked: (state) => [state, transmit({ type: "open", mailbox: state.mailbox }), ...state.outbox.map(add)],
    add: (state, outgoing) => [keep(state, outgoing), add(outgoing)],
    message: (state, message) => (message.side === state.side ? [echoed(state, message.phase)] : hear(state, message)),
    mood: (state, { mood }) => [{ ...state, mood }],
    close: (state) => [
      { at: "closing", mailbox: state.mailbox, side: state.side, outbox: state.outbox, mood: state.mood },
      transmit({ type: "close", mailbox: state.mailbox, mood: state.mood }),
    ],
    ...stay("found"),
    ...unexpected("closed"),
  },
  closing: {
    // What was sent but not echoed may have been lost with the link: the peer is still owed it.
    linked: (state) => [
      state,
      ...(state.outbox.length > 0
        ? [transmit({ type: "open", mailbox: state.mailbox }), ...state.outbox.map(add)]
        : []),
      transmit({ type: "close", mailbox: state.mailbox, mood: state.mood }),
    ],
    message: (state, { side, phase }) => [side === state.side ? echoed(state, phase) : state],
    closed: () => [{ at: "closed" }, to("terminator", { on: "mailboxDone" })],
    ...stay("found", "add", "mood", "close"),
  },
  closed: {
    ...stay("found", "linked", "add", "message", "mood", "close", "closed"),
  },
});

type Live = Exclude<State, { at: "closed" }>;

function add({ phase, body }: Outgoing): Effect {
  return transmit({ type: "add", phase, body });
}

function keep<S extends Live>(state: S, { phase, body }: Outgoing): S {
  return { ...state, outbox: [...state.outbox, { phase, body }] };
}

/** The server holds it and will give it to the peer: it need not be sent again. */
function echoed<S extends Live>(state: S, phase: string): S {
  return { ...state, outbox: state.outbox.filter((outgoing) => outgoing.phase !== phase) };
}

function hear(
  state: Extract<State, { at: "open" }>,
  { side, phase, body }: { side: string; phase: string; body: Uint8Array },
): Step<State, Effect> {
  if (isHeard(state, side, phase)) return [state];
  const { heard, complete } = withHeard(state, side, phase);
  const next = { ...state, heard, ...(complete && { complete }) };
  if (sizeOf(next) > MAX_PHASES) return [state, to("boss", { on: "overwhelmed" })];
  return [next, to("nameplate", { on: "peerHeard" }), to("order", { on: "message", side, phase, body })];
}
