/**
 * The sender's half of the dialogue: it makes an offer, waits for the answer, sends the bytes and waits for the
 * acknowledgement.
 *
 * The peer may be any program. Its `transit` and `error` messages may come at any time; the Rust program sends its
 * `transit` before it receives an offer, even of a text. This side sends `transit` first and then `offer`, the one order
 * that every program accepts.
 */
import { field, type JsonObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { printable } from "../../base/printable.ts";
import { type FailureClass, interpret, PEER_PHRASES } from "../local-error.ts";
import { atAnyTime, type CommonEffect, type CommonEvent, over, refuse, sameRole, send } from "./common.ts";
import type { KnownOffer, OwnTransitMessage } from "./messages.ts";

/** The states of the sender's machine. */
export type SendingState =
  /** The offer is not made yet: the peer has not proved its code, or a person still compares the verifier. */
  | { readonly at: "waiting" }
  | { readonly at: "offered"; readonly kind: "text" | "data" }
  /** The offer was accepted: the sides connect, or bytes are on their way. */
  | { readonly at: "sending" }
  /** All bytes are sent, and the peer stores them. */
  | { readonly at: "confirming"; readonly sha256: string }
  | { readonly at: "over" };

/** The events of the sender's machine. */
export type SendingEvent =
  | CommonEvent
  /** The offer can be made. `versions` are the peer's; `transit` is this side's message, unless a text is sent. */
  | {
      readonly on: "ready";
      readonly offer: KnownOffer;
      readonly versions: JsonObject;
      readonly transit?: OwnTransitMessage;
    }
  /** All bytes are sent. */
  | { readonly on: "sent"; readonly sha256: string }
  /** The peer sent its acknowledgement. */
  | { readonly on: "ack"; readonly ack: string; readonly sha256?: string };

/** The effects of the sender's machine. */
export type SendingEffect =
  | CommonEffect
  /** Connect, and send the bytes. */
  | { readonly do: "transfer" }
  | { readonly do: "succeed" };

type Sending = Step<SendingState, SendingEffect>;

const fail = (code: FailureClass, message: string): Sending => [over, { do: "fail", code, message }];

const bothSend = (): Sending => [
  over,
  send({ on: "error", text: PEER_PHRASES["wrong-role"] }),
  { do: "fail", code: "wrong-role", message: sameRole("sender") },
];

/** The end of a transfer whose receiver reports a failure instead of an acknowledgement. */
function notStored(reason: string): Sending {
  const { code } = interpret(reason);
  return fail(
    code === "transfer" ? "cannot-store" : code,
    `The other side did not store the data: ${printable(reason)}`,
  );
}

/** Whether the peer is the Rust program, which announces abilities and cannot receive a text. */
const refusesText = (versions: JsonObject): boolean => field(versions, "abilities") !== undefined;

/** The machine of the sender. */
export const sending = machine<SendingState, SendingEvent, SendingEffect, Unexpected>({
  waiting: {
    ready: (_, { offer, versions, transit }) => {
      if (offer.kind === "text" && refusesText(versions)) {
        return refuse(
          "this side sends a text, and yours does not receive texts",
          "The program on the other side cannot receive a text. Send a file instead.",
        );
      }
      return [
        { at: "offered", kind: offer.kind === "text" ? "text" : "data" },
        ...(transit ? [send(transit)] : []),
        send({ on: "offer", offer }),
      ];
    },
    ...atAnyTime,
    offer: bothSend,
    ...unexpected("answer", "sent", "ack"),
  },
  offered: {
    answer: ({ kind }, { to }) => {
      if (to !== kind) {
        return refuse("the answer does not fit the offer", "The other side's answer does not match the offer.");
      }
      return kind === "text" ? [over, { do: "succeed" }] : [{ at: "sending" }, { do: "transfer" }];
    },
    ...atAnyTime,
    offer: bothSend,
    ...unexpected("ready", "sent", "ack"),
  },
  sending: {
    sent: (_, { sha256 }) => [{ at: "confirming", sha256 }],
    ...atAnyTime,
    ...stay("answer"),
    ...unexpected("ready", "offer", "ack"),
  },
  confirming: {
    ack: (state, { ack, sha256 }) => {
      if (ack !== "ok") return notStored(ack);
      if (sha256 === undefined) return [over, { do: "notice", notice: { notice: "unverified" } }, { do: "succeed" }];
      if (sha256.toLowerCase() === state.sha256) return [over, { do: "succeed" }];
      return fail("damaged", "The other side received different data: the checksums differ.");
    },
    ...atAnyTime,
    ...stay("transit", "answer"),
    ...unexpected("ready", "offer", "sent"),
  },
  over: stay("ready", "transit", "offer", "answer", "error", "sent", "ack", "failed"),
});
