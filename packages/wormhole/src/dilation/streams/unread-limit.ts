/**
 * Limits the data that waits for readers. Credit, which each subchannel's reading renews, keeps it small. If too much is
 * unread after all, a peer that uses credit gets no acknowledgements, so that it stops at the end of its window; the
 * connection goes on, and pings are answered. The connection to any other peer is paused.
 */
import { MAX_UNREAD_BYTES, MAX_UNREAD_CREDITED_BYTES, MAX_WRITE_BYTES, RELAYED_WINDOW_BYTES } from "../limits.ts";
import { encodeCredit } from "../wire/records.ts";
import { SharedCredit } from "./allowance.ts";
import { AssemblyLimit } from "./assembly-limit.ts";
import type { FramedConnection } from "./framed-connection.ts";

/** Bytes that one read of a connection may bring before the limit is checked. */
const READ_AHEAD_BYTES = 2 * 1024 * 1024;
/** Bytes that an honest peer can still send without acknowledgements: its window, and the chunk that exceeds it. */
const RESERVE_BYTES = RELAYED_WINDOW_BYTES + MAX_WRITE_BYTES + READ_AHEAD_BYTES;

/** A subchannel, as far as its credit is concerned. */
interface CreditedChannel {
  readonly id: number;
  /** The cost that the peer may send in total; undefined if it is the initial credit. */
  readonly granted: number | undefined;
}

/** What an {@link UnreadLimit} causes. */
export interface UnreadEvents {
  /** There is new credit or an acknowledgement to send. */
  wake(): void;
  /** The peer has sent more than its window without an acknowledgement. */
  breach(): void;
}

export class UnreadLimit {
  readonly sharedCredit = new SharedCredit();
  /** Chunks that are not complete. They are no unread data. */
  readonly assembly = new AssemblyLimit();
  readonly #events: UnreadEvents;
  #connection: FramedConnection | null = null;
  /** Subchannels whose new credit has not been sent to the peer; null if the peer does not use credit. */
  #granted: Set<CreditedChannel> | null = null;
  #full = false;

  constructor(events: UnreadEvents) {
    this.#events = events;
  }

  /** Both sides use credit. */
  useCredit(): void {
    this.#granted = new Set();
  }

  /** Applies to this connection from now on. The credit of `granted` may have been lost with the previous one. */
  begin(connection: FramedConnection, granted: Iterable<CreditedChannel>): void {
    this.#connection = connection;
    if (this.#granted) for (const channel of granted) this.#granted.add(channel);
    else this.arrived();
  }

  /** The connection is lost. */
  end(): void {
    this.#connection = null;
  }

  /** Plans to send the new credit of a subchannel to the peer. */
  grant(channel: CreditedChannel): void {
    if (this.#granted === null) return;
    this.#granted.add(channel);
    this.#events.wake();
  }

  /** Whether so much is unread that the peer gets no acknowledgement. */
  get isFull(): boolean {
    return this.#full;
  }

  /** Slows the peer down if too much is unread, after data has arrived. */
  arrived(): void {
    const { unread } = this.sharedCredit;
    if (this.#granted === null) {
      if (unread > MAX_UNREAD_BYTES && this.#connection?.isPaused === false) this.#connection.pause();
      return;
    }
    if (unread > MAX_UNREAD_CREDITED_BYTES) this.#full = true;
    if (unread > MAX_UNREAD_CREDITED_BYTES + RESERVE_BYTES) this.#events.breach();
  }

  /** Lets the peer go on if little enough is unread, after data was read. */
  consumed(): void {
    const { unread } = this.sharedCredit;
    if (this.#connection?.isPaused && unread <= MAX_UNREAD_BYTES / 2) this.#connection.resume();
    if (!this.#full || unread > MAX_UNREAD_CREDITED_BYTES / 2) return;
    this.#full = false;
    this.#events.wake();
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
