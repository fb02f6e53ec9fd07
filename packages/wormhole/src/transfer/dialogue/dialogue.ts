/** The drivers of the two dialogue machines: calls become events, and effects resolve the promises of the calls. */
import { unlessAborted } from "../../base/abort.ts";
import type { JsonObject } from "../../base/json.ts";
import { Once } from "../../base/once.ts";
import { TransitError } from "../../errors.ts";
import type { RecordPipe } from "../../transit/api.ts";
import type { Offer } from "../api.ts";
import type { Meeting } from "../context.ts";
import { moreThanAnnounced } from "../local-error.ts";
import { throughMailbox, waitFor } from "../waits.ts";
import type { CommonEffect, CommonEvent } from "./common.ts";
import { decodeConfirmation, encodeConfirmation, type KnownOffer, type OwnTransitMessage } from "./messages.ts";
import { publicOffer } from "./public-offer.ts";
import { type ReceivingEffect, type ReceivingEvent, receiving } from "./receiving.ts";
import { type SendingEffect, type SendingEvent, sending } from "./sending.ts";

type UseHints = (hints: readonly unknown[]) => void;

const UNCONFIRMED =
  "Everything was sent, but the connection was lost before the other side confirmed that it is stored. " +
  "Ask there whether it has arrived.";

/**
 * The sender's dialogue. Every call rejects with the error that ended the transfer. If the transfer fails, the peer is
 * informed.
 */
export class SendingDialogue {
  readonly #meeting: Meeting;
  readonly #post: (event: Exclude<SendingEvent, CommonEvent>) => void;
  readonly #accepted = new Once<void>();
  readonly #succeeded = new Once<void>();

  constructor(meeting: Meeting, useHints?: UseHints) {
    this.#meeting = meeting;
    const perform = ({ do: what }: Exclude<SendingEffect, CommonEffect>) => {
      // A text needs no transfer: it succeeds when it is accepted.
      this.#accepted.resolve();
      if (what === "succeed") this.#succeeded.resolve();
    };
    this.#post = meeting.conversation.begin({
      machine: sending,
      initial: { at: "waiting" },
      perform,
      useHints,
    });
  }

  /** Makes the offer. Resolves when the peer has accepted it, which for a text means that it has arrived. */
  async offer(offer: KnownOffer, versions: JsonObject, transit?: OwnTransitMessage): Promise<void> {
    this.#post({ on: "ready", offer, versions, ...(transit && { transit }) });
    await waitFor(this.#meeting, throughMailbox(this.#meeting, "answer"), this.#unlessEnded(this.#accepted.promise));
  }

  /**
   * Waits until the peer has stored everything. `record` is its acknowledgement, the one record that it sends; `sha256`
   * is the hash of all bytes that were sent.
   * @throws {TransitError} if the connection is lost first; the bytes may have been stored all the same
   */
  async confirm(sha256: string, record: Promise<Uint8Array>): Promise<void> {
    this.#post({ on: "sent", sha256 });
    const acknowledgement = record.catch((error: unknown) => {
      throw error instanceof TransitError ? new TransitError(UNCONFIRMED, { cause: error }) : error;
    });
    const ack = await waitFor(this.#meeting, "confirmation", this.#unlessEnded(acknowledgement));
    this.#post({ on: "ack", ...decodeConfirmation(ack) });
    await this.#unlessEnded(this.#succeeded.promise);
  }

  #unlessEnded<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.#meeting.signal);
  }
}

/** The receiver's dialogue. Calls and failures are as with {@link SendingDialogue}. */
export class ReceivingDialogue {
  readonly #meeting: Meeting;
  readonly #post: (event: Exclude<ReceivingEvent, CommonEvent>) => void;
  readonly #offered = new Once<Offer>();
  readonly #accepted = new Once<void>();
  readonly #acknowledged = new Once<Uint8Array>();

  constructor(meeting: Meeting, useHints: UseHints) {
    this.#meeting = meeting;
    const perform = (effect: Exclude<ReceivingEffect, CommonEffect>) => {
      if (effect.do === "ask") this.#offered.resolve(publicOffer(effect.offer));
      else if (effect.do === "acknowledge") this.#acknowledged.resolve(encodeConfirmation(effect.sha256));
      else this.#accepted.resolve();
    };
    this.#post = meeting.conversation.begin({ machine: receiving, initial: { at: "waiting" }, perform, useHints });
  }

  /** Waits for the offer. */
  offer(): Promise<Offer> {
    return waitFor(this.#meeting, throughMailbox(this.#meeting, "offer"), this.#unlessEnded(this.#offered.promise));
  }

  /** Accepts the offer, with this side's transit message unless it is a text. */
  async accept(transit?: OwnTransitMessage): Promise<void> {
    this.#post({ on: "accepted", ...(transit && { transit }) });
    await this.#unlessEnded(this.#accepted.promise);
  }

  /**
   * Called when all announced bytes have arrived. From here on, the loss of the connection and the peer's errors change
   * nothing, but more data ends the transfer.
   */
  async arrived(pipe: RecordPipe): Promise<void> {
    this.#post({ on: "arrived" });
    const more = anyData(pipe).then(
      () => this.#meeting.fail(moreThanAnnounced()),
      () => {},
    );
    // What came together with the last byte is noticed before anything is stored.
    await Promise.race([more, new Promise((resolve) => setTimeout(resolve, 0))]);
    this.#meeting.signal.throwIfAborted();
  }

  /** Called when all bytes are stored. Returns the acknowledgement, which is to be sent as the last record. */
  async acknowledge(sha256: string): Promise<Uint8Array> {
    this.#post({ on: "stored", sha256 });
    return this.#unlessEnded(this.#acknowledged.promise);
  }

  #unlessEnded<T>(promise: Promise<T>): Promise<T> {
    return unlessAborted(promise, this.#meeting.signal);
  }
}

/** Resolves when a record with content arrives. */
async function anyData(pipe: RecordPipe): Promise<void> {
  while ((await pipe.receiveRecord()).length === 0);
}
