/** The parts of the dialogue that are the same for the sender and the receiver. */
import type { Step } from "../../base/machine.ts";
import { printable } from "../../base/printable.ts";
import type { Notice } from "../api.ts";
import { type FailureClass, interpret, PEER_PHRASES } from "../local-error.ts";
import type { Message, OwnMessage, TransitMessage } from "./messages.ts";

/** Events of both machines. */
export type CommonEvent =
  /** The peer sent a message. */
  | Message
  /** The person here refused, or something went wrong here. `peerMessage` is all that the peer may learn of it. */
  | { readonly on: "failed"; readonly peerMessage: string };

/** Ends the transfer with this message. `reason` holds the peer's own words, if it has sent any. */
export interface Fail {
  readonly do: "fail";
  readonly message: string;
  readonly code?: FailureClass;
  readonly reason?: string;
}

/** Effects of both machines. */
export type CommonEffect =
  | { readonly do: "send"; readonly message: OwnMessage }
  | { readonly do: "useHints"; readonly hints: readonly unknown[] }
  | { readonly do: "notice"; readonly notice: Notice }
  | Fail;

/** The last state of both machines. */
export const over = { at: "over" } as const;

type Ended = Step<typeof over, CommonEffect>;

/** Makes the effect that sends a message. */
export const send = (message: OwnMessage): CommonEffect => ({ do: "send", message });

/** Ends the transfer, and sends the reason to the peer in its own wording. */
export const refuse = (peerMessage: string, message: string): Ended => [
  over,
  send({ on: "error", text: peerMessage }),
  { do: "fail", message },
];

/** The end of both sides if they have the same role. */
const SAME_ROLE = {
  sender: "Both sides are trying to send. One of you must run `wormhole receive`.",
  receiver: "Both sides are trying to receive. One of you must run `wormhole send`.",
} as const;

/** The sentence for two sides that both are the sender, or both the receiver. */
export const sameRole = (role: keyof typeof SAME_ROLE): string => SAME_ROLE[role];

/** What the person here reads if the peer gives up, by the class of the failure. */
const SENTENCES: { readonly [C in FailureClass]: string } = {
  transfer: "The transfer failed on the other side",
  cancelled: "The other side cancelled the transfer",
  "cannot-store": "The other side could not store it",
  damaged: "The other side gave up, because the data arrived damaged",
  "name-refused": "The other side refused the name. Try it under a simpler name",
  "no-space": "The other side could not store it: its disk is full",
  rejected: "The other side rejected the transfer",
  "source-changed": "The other side could not read what it had offered: a file has changed or is gone",
  stalled: "The other side gave up, because it has waited for too long",
  transit: "The two computers could not be connected, or their connection was lost. The other side gave up",
  undecided: "The program on the other side accepts nothing by itself, and no person answered there",
  "verifier-rejected": "The other side rejected the verifier. Nothing was transferred",
  "wrong-role": "Both sides do the same. One of you has to send, the other to receive",
};

/** How the transfer ends if the peer gives up with this text. */
export function peerFailure(text: string): Fail {
  const { code, detail } = interpret(text);
  const sentence =
    code === "transfer" && text !== PEER_PHRASES.transfer ? "The other side gave up the transfer" : SENTENCES[code];
  const message = detail === undefined ? `${sentence}.` : `${sentence}: ${printable(detail)}`;
  return { do: "fail", message, code, reason: text };
}

/** Transitions for the events that may come in every state but the last. */
export const atAnyTime = {
  /** The peer's hints are used without a change of state. */
  transit: <State>(state: State, { hints }: TransitMessage): Step<State, CommonEffect> => [
    state,
    { do: "useHints", hints },
  ],
  /** The peer gave up. */
  error: (_: unknown, { text }: { text: string }): Ended => [over, peerFailure(text)],
  /** The application receives the error from the driver, so only the peer is informed here. */
  failed: (_: unknown, { peerMessage }: { peerMessage: string }): Ended => [
    over,
    send({ on: "error", text: peerMessage }),
  ],
};
