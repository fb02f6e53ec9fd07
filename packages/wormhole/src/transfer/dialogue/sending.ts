/**
 * The sender's half of the dialogue: what is offered is answered, sent and confirmed.
 *
 * The other side may be any program: its `transit` comes at any time (Rust's before our offer, and during a text), its
 * `error` too. Ours are sent in the one order that all understand: `transit`, then `offer`.
 */
import { field, type JsonObject } from "../../base/json.ts";
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import { printable } from "../../base/printable.ts";
import type { Message, OfferMessage, TransitMessage } from "./messages.ts";

export type SendingState =
  /** The other side is not known yet, or a person still compares the verifier. */
  | { readonly at: "waiting"; readonly offer: OfferMessage }
  | { readonly at: "offered"; readonly kind: "text" | "data" }
  /** Accepted: connecting, or bytes are on their way. */
  | { readonly at: "sending" }
  /** All bytes are out; the other side stores them. */
  | { readonly at: "confirming"; readonly sha256: string }
  | { readonly at: "over" };

export type SendingEvent =
  /** The other side has proved that it knows the code, and gave its `versions`; ours is the transit message. */
  | { readonly on: "ready"; readonly versions: JsonObject; readonly transit?: TransitMessage }
  | Message
  | { readonly on: "sent"; readonly sha256: string }
  | { readonly on: "ack"; readonly ack: string; readonly sha256?: string }
  /** Something went wrong here; `told` is what the other side may know of it. */
  | { readonly on: "failed"; readonly told: string };

export type SendingEffect =
  | { readonly do: "send"; readonly message: Message }
  | { readonly do: "useHints"; readonly hints: readonly unknown[] }
  /** Connect, and send the bytes. */
  | { readonly do: "transfer" }
  | { readonly do: "succeed" }
  /** `reason` holds the other side's own words. */
  | { readonly do: "fail"; readonly message: string; readonly reason?: string };

type Sending = Step<SendingState, SendingEffect>;

const over = { at: "over" } as const;

const tell = (text: string): SendingEffect => ({ do: "send", message: { on: "error", text } });

const fail = (message: string): SendingEffect => ({ do: "fail", message });

const useHints = <S extends SendingState>(state: S, { hints }: TransitMessage): Sending => [
  state,
  { do: "useHints", hints },
];

const peerFailed = (_: SendingState, { text }: { text: string }): Sending => [
  over,
  { do: "fail", message: peerError(text), reason: text },
];

const weFailed = (_: SendingState, { told }: { told: string }): Sending => [over, tell(told)];

const bothSend = (): Sending => [
  over,
  tell("both sides are sending"),
  fail("The other side is sending, too: one of the two must receive."),
];

/** The other side's `error` as a sentence. */
export function peerError(text: string): string {
  if (text === "transfer rejected") return "The other side rejected the transfer.";
  return `The other side gave up the transfer: ${printable(text)}`;
}

/** The Rust program announces its abilities, and refuses text. */
const refusesText = (versions: JsonObject): boolean => field(versions, "abilities") !== undefined;

export const sending = machine<SendingState, SendingEvent, SendingEffect, Unexpected>({
  waiting: {
    ready: ({ offer }, { versions, transit }) => {
      if (offer.kind === "text" && refusesText(versions)) {
        return [
          over,
          tell("this side sends a text, and yours does not receive texts"),
          fail("The program on the other side does not receive texts: send a file instead."),
        ];
      }
      const messages: Message[] = [...(transit ? [transit] : []), { on: "offer", offer }];
      return [
        { at: "offered", kind: offer.kind === "text" ? "text" : "data" },
        ...messages.map((message): SendingEffect => ({ do: "send", message })),
      ];
    },
    transit: useHints,
    offer: bothSend,
    error: peerFailed,
    failed: weFailed,
    ...unexpected("answer", "sent", "ack"),
  },
  offered: {
    answer: ({ kind }, { to }) => {
      if (to !== kind) {
        return [
          over,
          tell("the answer does not fit the offer"),
          fail("The other side answered something else than it was asked."),
        ];
      }
      return kind === "text" ? [over, { do: "succeed" }] : [{ at: "sending" }, { do: "transfer" }];
    },
    transit: useHints,
    offer: bothSend,
    error: peerFailed,
    failed: weFailed,
    ...unexpected("ready", "sent", "ack"),
  },
  sending: {
    sent: (_, { sha256 }) => [{ at: "confirming", sha256 }],
    transit: useHints,
    error: peerFailed,
    failed: weFailed,
    ...stay("answer"),
    ...unexpected("ready", "offer", "ack"),
  },
  confirming: {
    ack: (state, { ack, sha256 }) => {
      if (ack !== "ok") return [over, fail(`The other side did not store what was sent: ${printable(ack)}`)];
      if (sha256 !== undefined && sha256.toLowerCase() !== state.sha256) {
        return [over, fail("The other side received something else than was sent: the checksums differ.")];
      }
      return [over, { do: "succeed" }];
    },
    error: peerFailed,
    failed: weFailed,
    ...stay("transit", "answer"),
    ...unexpected("ready", "offer", "sent"),
  },
  over: stay("ready", "transit", "offer", "answer", "error", "sent", "ack", "failed"),
});
