/** The drivers of the two dialogue machines: calls become events, and effects resolve the promises of the calls. */
import { onAbort, unlessAborted } from "../../base/abort.ts";
import type { JsonObject } from "../../base/json.ts";
import { type Machine, Runner, type Unexpected } from "../../base/machine.ts";
import { Once } from "../../base/once.ts";
import { TransferError } from "../../errors.ts";
import type { Offer } from "../api.ts";
import type { Meeting } from "../context.ts";
import { PEER_PHRASES, peerMessageOf } from "../local-error.ts";
import type { CommonEffect, CommonEvent } from "./common.ts";
import {
  decodeConfirmation,
  decodeMessages,
  encodeConfirmation,
  encodeMessage,
  type KnownOffer,
  type OwnTransitMessage,
} from "./messages.ts";
import { publicOffer } from "./public-offer.ts";
import { type ReceivingEffect, type ReceivingEvent, type ReceivingState, receiving } from "./receiving.ts";
import { type SendingEffect, type SendingEvent, type SendingState, sending } from "./sending.ts";

type Effect = SendingEffect | ReceivingEffect;
type OwnEffect = Exclude<Effect, CommonEffect>;
type UseHints = (hints: readonly unknown[]) => void;

/**
 * The sender's dialogue. Every call rejects with the error that ended the transfer. If the transfer fails, the peer is
 * informed.
 */
export class SendingDialogue {
  readonly #signal: AbortSignal;
  readonly #post: (event: SendingEvent) => void;
  readonly #accepted = new Once<void>();
  readonly #succeeded = new Once<void>();

  constructor(meeting: Meeting, offer: KnownOffer, useHints?: UseHints) {
    this.#signal = meeting.signal;
    this.#post = converse<SendingState, SendingEvent>(
      meeting,
      sending,
      { at: "waiting", offer },
      ({ do: what }) => {
        // A text needs no transfer: it succeeds when it is accepted.
        this.#accepted.resolve();
        if (what === "succeed") this.#succeeded.resolve();
      },
      useHints,
    );
  }

  /** Makes the offer. Resolves when the peer has accepted it, which for a text means that it has arrived. */
  async offer(versions: JsonObject, transit?: OwnTransitMessage): Promise<void> {
    this.#post({ on: "ready", versions, ...(transit && { transit }) });
    await unlessAborted(this.#accepted.promise, this.#signal);
  }

  /**
   * Waits until the peer has stored everything. `record` is its acknowledgement, the one record that it sends; `sha256`
   * is the hash of all bytes that were sent.
   */
  async confirm(sha256: string, record: Promise<Uint8Array>): Promise<void> {
    this.#post({ on: "sent", sha256 });
    this.#post({ on: "ack", ...decodeConfirmation(await unlessAborted(record, this.#signal)) });
    await unlessAborted(this.#succeeded.promise, this.#signal);
  }
}

/** The receiver's dialogue. Calls and failures are as with {@link SendingDialogue}. */
export class ReceivingDialogue {
  readonly #signal: AbortSignal;
  readonly #post: (event: ReceivingEvent) => void;
  readonly #offered = new Once<Offer>();
  readonly #accepted = new Once<void>();
  readonly #acknowledged = new Once<Uint8Array>();

  constructor(meeting: Meeting, useHints: UseHints) {
    this.#signal = meeting.signal;
    const perform = (effect: OwnEffect) => {
      if (effect.do === "ask") this.#offered.resolve(publicOffer(effect.offer));
      else if (effect.do === "acknowledge") this.#acknowledged.resolve(encodeConfirmation(effect.sha256));
      else this.#accepted.resolve();
    };
    this.#post = converse<ReceivingState, ReceivingEvent>(meeting, receiving, { at: "waiting" }, perform, useHints);
  }

  /** Waits for the offer. */
  offer(): Promise<Offer> {
    return unlessAborted(this.#offered.promise, this.#signal);
  }

  /** Accepts the offer, with this side's transit message unless it is a text. */
  async accept(transit?: OwnTransitMessage): Promise<void> {
    this.#post({ on: "accepted", ...(transit && { transit }) });
    await unlessAborted(this.#accepted.promise, this.#signal);
  }

  /** Called when all bytes are stored. Returns the acknowledgement, which is to be sent as the last record. */
  async acknowledge(sha256: string): Promise<Uint8Array> {
    this.#post({ on: "stored", sha256 });
    return unlessAborted(this.#acknowledged.promise, this.#signal);
  }
}

/** Runs a machine over the wormhole of a transfer. Returns the function that gives it an event. */
function converse<S extends { at: string }, E extends { on: string }>(
  { wormhole, signal, options, fail }: Meeting,
  machine: Machine<S, E | CommonEvent, Effect, Unexpected>,
  initial: S,
  perform: (effect: OwnEffect) => void,
  useHints: UseHints = () => {},
): (event: E) => void {
  let bytesFlow = false;
  const runner = new Runner(machine, initial, {
    perform(effect) {
      if (effect.do === "send") return wormhole.sendMessage(encodeMessage(effect.message));
      if (effect.do === "useHints") return useHints(effect.hints);
      if (effect.do === "fail") return fail(new TransferError(effect.message, { code: effect.code, reason: effect.reason }));
      bytesFlow ||= effect.do === "transfer";
      perform(effect);
    },
    unexpected: () => fail(new TransferError("The other side sent a message that does not belong here.")),
  });
  onAbort(signal, (error) => {
    const peerMessage = options.signal?.aborted ? PEER_PHRASES.cancelled : peerMessageOf(error);
    try {
      runner.post({ on: "failed", peerMessage });
    } catch {
      // If the wormhole has ended, the peer cannot be informed.
    }
  });
  const listen = async () => {
    for await (const bytes of wormhole.messages()) {
      for (const message of decodeMessages(bytes)) runner.post(message);
    }
  };
  listen().catch((error: unknown) => {
    // Once bytes flow, the wormhole is no longer needed.
    if (!bytesFlow || error instanceof TransferError) fail(error);
  });
  return (event) => runner.post(event);
}
