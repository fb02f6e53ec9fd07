/** The parts of the dialogue that are the same for the sender and the receiver. */
import type { Step } from "../../base/machine.ts";
import { printable } from "../../base/printable.ts";
import type { TransferErrorCode } from "../../errors.ts";
import { classOf } from "../local-error.ts";
import type { Message, OwnMessage, TransitMessage } from "./messages.ts";

/** Events of both machines. */
export type CommonEvent =
  /** The peer sent a message. */
  | Message
  /** The person here refused, or something went wrong here. `peerMessage` is all that the peer may learn of it. */
  | { readonly on: "failed"; readonly peerMessage: string };

/** Effects of both machines. */
export type CommonEffect =
  | { readonly do: "send"; readonly message: OwnMessage }
  | { readonly do: "useHints"; readonly hints: readonly unknown[] }
  /** End the transfer with this message. `reason` holds the peer's own words, if it has sent any. */
  | { readonly do: "fail"; readonly message: string; readonly code?: TransferErrorCode; readonly reason?: string };

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

/** The peer's `error` as a sentence for the person here. */
function peerError(text: string): string {
  if (text === "transfer rejected") return "The other side rejected the transfer.";
  return `The other side gave up the transfer: ${printable(text)}`;
}

/** Transitions for the events that may come in every state but the last. */
export const atAnyTime = {
  /** The peer's hints are used without a change of state. */
  transit: <State>(state: State, { hints }: TransitMessage): Step<State, CommonEffect> => [
    state,
    { do: "useHints", hints },
  ],
  /** The peer gave up. */
  error: (_: unknown, { text }: { text: string }): Ended => [
    over,
    { do: "fail", message: peerError(text), code: classOf(text), reason: text },
  ],
  /** The application receives the error from the driver, so only the peer is informed here. */
  failed: (_: unknown, { peerMessage }: { peerMessage: string }): Ended => [
    over,
    send({ on: "error", text: peerMessage }),
  ],
};
