/** The mailbox at the server: keeps our messages until the server has them, and passes on each of the peer's once. */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { anyBytes, fields, list, text, variants } from "../../base/shape.ts";
import { MAX_PHASES } from "../limits.ts";
import { type Mood, moodShape } from "../messages.ts";
import { type Effect, to, transmit } from "./effects.ts";
import { type Heard, heardShape, isHeard, NOTHING_HEARD, sizeOf, withHeard } from "./heard.ts";

/** One of our messages, encrypted. It is encrypted once, so every repetition has the same bytes. */
export interface EncryptedMessage {
  readonly phase: string;
  readonly body: Uint8Array;
}

/** `side` distinguishes our own messages, which the server echoes, from the peer's. */
interface Common {
  side: string;
  /** The messages that the server has not echoed, in order. */
  outbox: EncryptedMessage[];
  /** How the wormhole ended, for the server. Set by the event `mood` before the mailbox is closed. */
  mood: Mood;
}

export type State =
  /** The nameplate is not claimed yet, so the server has not named the mailbox. */
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

const outbox = list(fields<EncryptedMessage>({ phase: text, body: anyBytes }));
const common = { side: text, outbox, mood: moodShape };
export const shape = variants<State>({
  unknown: common,
  open: { ...common, mailbox: text, ...heardShape },
  closing: { ...common, mailbox: text },
  closed: {},
});

/** Keeps our messages until the server has echoed them, and passes on each message from the peer once. */
export const mailbox = machine<State, Event, Effect, Unexpected>({
  unknown: {
    found: (state, { mailbox }) => [
      { ...state, at: "open", mailbox, ...NOTHING_HEARD },
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
    linked: reopen,
    // The nameplate was claimed again after a reconnect.
    found: (state, { mailbox }) =>
      mailbox === state.mailbox ? reopen(state) : [{ ...state, mailbox }, to("outcome", { on: "forgotten" })],
    add: (state, outgoing) => [keep(state, outgoing), add(outgoing)],
    message: (state, message) =>
      message.side === state.side ? confirmed(state, message.phase) : passOn(state, message),
    mood: (state, { mood }) => [{ ...state, mood }],
    close: (state) => [
      { at: "closing", mailbox: state.mailbox, side: state.side, outbox: state.outbox, mood: state.mood },
      transmit({ type: "close", mailbox: state.mailbox, mood: state.mood }),
    ],
    ...unexpected("closed"),
  },
  closing: {
    // Messages without an echo may have been lost with the link, and the peer still needs them.
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

function reopen(state: Extract<State, { at: "open" }>): Step<State, Effect> {
  return [state, transmit({ type: "open", mailbox: state.mailbox }), ...state.outbox.map(add)];
}

function add({ phase, body }: EncryptedMessage): Effect {
  return transmit({ type: "add", phase, body });
}

function keep<S extends Live>(state: S, { phase, body }: EncryptedMessage): S {
  return { ...state, outbox: [...state.outbox, { phase, body }] };
}

/** The server has stored the message and will deliver it, so it need not be sent again. */
function echoed<S extends Live>(state: S, phase: string): S {
  return { ...state, outbox: state.outbox.filter((outgoing) => outgoing.phase !== phase) };
}

function confirmed(state: Extract<State, { at: "open" }>, phase: string): Step<State, Effect> {
  const next = echoed(state, phase);
  return next.outbox.length === state.outbox.length ? [state] : [next, useful];
}

const useful = to("link", { on: "useful" });

function passOn(
  state: Extract<State, { at: "open" }>,
  { side, phase, body }: { side: string; phase: string; body: Uint8Array },
): Step<State, Effect> {
  if (isHeard(state, side, phase)) return [state];
  const next = { ...state, ...withHeard(state, side, phase) };
  if (sizeOf(next) > MAX_PHASES) return [state, to("outcome", { on: "overwhelmed" })];
  return [next, useful, to("nameplate", { on: "peerArrived" }), to("order", { on: "message", side, phase, body })];
}
