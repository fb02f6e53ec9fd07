/**
 * The receiver's half of the dialogue: an offer arrives, a person answers it, and the bytes are received, stored and
 * acknowledged.
 *
 * The peer's messages may come in any order. This side sends `transit` first and then its answer, the one order that
 * every program accepts.
 */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { atAnyTime, type CommonEffect, type CommonEvent, over, refuse, send } from "./common.ts";
import type { KnownOffer, OfferMessage, OwnTransitMessage } from "./messages.ts";

/** The states of the receiver's machine. */
export type ReceivingState =
  | { readonly at: "waiting" }
  /** The offer is shown to a person. */
  | { readonly at: "asking"; readonly kind: "text" | "data" }
  /** The offer was accepted: the sides connect, or bytes arrive. */
  | { readonly at: "receiving" }
  /** All bytes have arrived, and are being stored. Neither the peer nor the connection is needed for that. */
  | { readonly at: "storing" }
  | { readonly at: "over" };

/** The events of the receiver's machine. */
export type ReceivingEvent =
  | CommonEvent
  /** The person accepts. `transit` is this side's message, unless the offer is a text. */
  | { readonly on: "accepted"; readonly transit?: OwnTransitMessage }
  /** All bytes have arrived. */
  | { readonly on: "arrived" }
  /** They are stored under their final name. */
  | { readonly on: "stored"; readonly sha256: string };

/** The effects of the receiver's machine. */
export type ReceivingEffect =
  | CommonEffect
  | { readonly do: "ask"; readonly offer: KnownOffer }
  /** Connect, and receive the bytes. */
  | { readonly do: "transfer" }
  /** Send the acknowledgement with this hash. */
  | { readonly do: "acknowledge"; readonly sha256: string }
  | { readonly do: "succeed" };

type Receiving = Step<ReceivingState, ReceivingEffect>;

/** A second offer could replace the one to which the person agreed. */
const secondOffer = (): Receiving => refuse("only one offer can be made", "The other side made a second offer.");

function ask(offer: OfferMessage): Receiving {
  if (offer.kind === "unknown") {
    return refuse("unknown offer type", "The other side offered something that this program does not support.");
  }
  if (offer.kind === "directory" && !offer.mode.startsWith("zipfile")) {
    return refuse("unknown mode", "The other side sends the folder in a format that this program does not support.");
  }
  return [
    { at: "asking", kind: offer.kind === "text" ? "text" : "data" },
    { do: "ask", offer },
  ];
}

/** The machine of the receiver. */
export const receiving = machine<ReceivingState, ReceivingEvent, ReceivingEffect, Unexpected>({
  waiting: {
    offer: (_, { offer }) => ask(offer),
    ...atAnyTime,
    ...unexpected("answer", "accepted", "arrived", "stored"),
  },
  asking: {
    accepted: ({ kind }, { transit }) => {
      const answer = send({ on: "answer", to: kind });
      if (kind === "text") return [over, answer, { do: "succeed" }];
      return [{ at: "receiving" }, ...(transit ? [send(transit)] : []), answer, { do: "transfer" }];
    },
    ...atAnyTime,
    offer: secondOffer,
    ...unexpected("answer", "arrived", "stored"),
  },
  receiving: {
    arrived: () => [{ at: "storing" }],
    ...atAnyTime,
    offer: secondOffer,
    ...unexpected("answer", "accepted", "stored"),
  },
  storing: {
    stored: (_, { sha256 }) => [over, { do: "acknowledge", sha256 }, { do: "succeed" }],
    failed: atAnyTime.failed,
    // A sender that has lost the connection, or its patience, must not cost what has arrived.
    ...stay("offer", "transit", "answer", "error"),
    ...unexpected("accepted", "arrived"),
  },
  over: stay("offer", "transit", "answer", "error", "accepted", "arrived", "stored", "failed"),
});
