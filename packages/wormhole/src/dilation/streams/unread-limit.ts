/**
 * Limits the data that waits for readers: by credit, which each subchannel's reading renews, and by pausing the connection
 * when too much is unread after all.
 */
import { MAX_UNREAD_BYTES, MAX_UNREAD_CREDITED_BYTES } from "../limits.ts";
import { encodeCredit } from "../wire/records.ts";
import { SharedCredit } from "./allowance.ts";
import type { FramedConnection } from "./framed-connection.ts";

/** A subchannel, as far as its credit is concerned. */
interface CreditedChannel {
  readonly id: number;
  /** The cost that the peer may send in total; undefined if it is the initial credit. */
  readonly granted: number | undefined;
}

export class UnreadLimit {
  readonly sharedCredit = new SharedCredit();
  readonly #wake: () => void;
  #connection: FramedConnection | null = null;
  #maxUnread = MAX_UNREAD_BYTES;
  /** Subchannels whose new credit has not been sent to the peer; null if the peer does not use credit. */
  #granted: Set<CreditedChannel> | null = null;

  /** `wake` is called when there is new credit to send. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Takes the peer's extensions that affect the limit. */
  assign({ credits, parts }: { readonly credits: boolean; readonly parts: boolean }): void {
    if (credits) this.#granted = new Set();
    // A chunk that comes in parts cannot be read before its end, so there must be room for the longest one.
    if (credits || parts) this.#maxUnread = MAX_UNREAD_CREDITED_BYTES;
  }

  /** Applies to this connection from now on. The credit of `granted` may have been lost with the previous one. */
  begin(connection: FramedConnection, granted: Iterable<CreditedChannel>): void {
    this.#connection = connection;
    if (this.#granted) for (const channel of granted) this.#granted.add(channel);
    if (this.sharedCredit.unread > this.#maxUnread) connection.pause();
  }

  /** The connection is lost. */
  end(): void {
    this.#connection = null;
  }

  /** Plans to send the new credit of a subchannel to the peer. */
  grant(channel: CreditedChannel): void {
    if (this.#granted === null) return;
    this.#granted.add(channel);
    this.#wake();
  }

  /** Pauses the connection if too much is unread, after data has arrived. */
  arrived(): void {
    if (this.sharedCredit.unread > this.#maxUnread && this.#connection?.isPaused === false) this.#connection.pause();
  }

  /** Resumes the connection if little enough is unread, after data was read. */
  consumed(): void {
    if (this.#connection?.isPaused && this.sharedCredit.unread <= this.#maxUnread / 2) this.#connection.resume();
  }

  /** Whether there is new credit to send. */
  get isDue(): boolean {
    return this.#granted !== null && this.#granted.size > 0;
  }

  /** Returns the records of new credit. They are then considered sent. */
  take(): Uint8Array[] {
    const records: Uint8Array[] = [];
    for (const { id, granted } of this.#granted ?? [])
      if (granted !== undefined) records.push(encodeCredit(id, granted));
    this.#granted?.clear();
    return records;
  }
}
