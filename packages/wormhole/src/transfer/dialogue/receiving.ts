/**
 * The receiver's half of the dialogue: an offer comes, a person answers, bytes are received, stored and acknowledged.
 *
 * Ours are sent in the one order that all programs understand: `transit`, then the answer. Theirs may come in any.
 */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Message, OfferMessage, TransitMessage } from "./messages.ts";
import { peerError } from "./sending.ts";

/** An offer that can be accepted. */
export type KnownOffer = Exclude<OfferMessage, { kind: "unknown" }>;

export type ReceivingState =
  | { readonly at: "waiting" }
  /** A person is asked. */
  | { readonly at: "asking"; readonly kind: "text" | "data" }
  /** Accepted: connecting, receiving or storing. */
  | { readonly at: "receiving" }
  | { readonly at: "over" };

export type ReceivingEvent =
  | Message
  /** The person accepts; with our transit message, unless it is a text. */
  | { readonly on: "accepted"; readonly transit?: TransitMessage }
  /** All bytes are here, and stored where they belong. */
  | { readonly on: "stored"; readonly sha256: string }
  /** The person refuses, or something went wrong here; `told` is what the other side may know of it. */
  | { readonly on: "failed"; readonly told: string };

export type ReceivingEffect =
  | { readonly do: "send"; readonly message: Message }
  | { readonly do: "useHints"; readonly hints: readonly unknown[] }
  | { readonly do: "ask"; readonly offer: KnownOffer }
  /** Connect, and receive the bytes. */
  | { readonly do: "transfer" }
  /** Send the last record, with this hash. */
  | { readonly do: "acknowledge"; readonly sha256: string }
  | { readonly do: "succeed" }
  /** `reason` holds the other side's own words. */
  | { readonly do: "fail"; readonly message: string; readonly reason?: string };

type Receiving = Step<ReceivingState, ReceivingEffect>;

const over = { at: "over" } as const;

const send = (message: Message): ReceivingEffect => ({ do: "send", message });

const refuse = (told: string, message: string): Receiving => [
  over,
  send({ on: "error", text: told }),
  { do: "fail", message },
];

const useHints = (state: ReceivingState, { hints }: TransitMessage): Receiving => [state, { do: "useHints", hints }];

const peerFailed = (_: ReceivingState, { text }: { text: string }): Receiving => [
  over,
  { do: "fail", message: peerError(text), reason: text },
];

const weFailed = (_: ReceivingState, { told }: { told: string }): Receiving => [
  over,
  send({ on: "error", text: told }),
];

/** A different thing might be put in the place of what the person has agreed to. */
const secondOffer = (): Receiving => refuse("only one offer can be made", "The other side made a second offer.");

function ask(offer: OfferMessage): Receiving {
  if (offer.kind === "unknown") {
    return refuse("unknown offer type", "The other side offers something that this program does not know.");
  }
  if (offer.kind === "directory" && !offer.mode.startsWith("zipfile")) {
    return refuse("unknown mode", "The other side sends a folder in a way that this program does not know.");
  }
  return [
    { at: "asking", kind: offer.kind === "text" ? "text" : "data" },
    { do: "ask", offer },
  ];
}

export const receiving = machine<ReceivingState, ReceivingEvent, ReceivingEffect, Unexpected>({
  waiting: {
    offer: (_, { offer }) => ask(offer),
    transit: useHints,
    error: peerFailed,
    failed: weFailed,
    ...unexpected("answer", "accepted", "stored"),
  },
  asking: {
    accepted: ({ kind }, { transit }) => {
      const answer = send({ on: "answer", to: kind });
      if (kind === "text") return [over, answer, { do: "succeed" }];
      return [{ at: "receiving" }, ...(transit ? [send(transit)] : []), answer, { do: "transfer" }];
    },
    transit: useHints,
    offer: secondOffer,
    error: peerFailed,
    failed: weFailed,
    ...unexpected("answer", "stored"),
  },
  receiving: {
    stored: (_, { sha256 }) => [over, { do: "acknowledge", sha256 }, { do: "succeed" }],
    transit: useHints,
    offer: secondOffer,
    error: peerFailed,
    failed: weFailed,
    ...unexpected("answer", "accepted"),
  },
  over: stay("offer", "transit", "answer", "error", "accepted", "stored", "failed"),
});
