/**
 * Delays reconnecting if several connections in a row were useless. Otherwise, if every connection failed at once, for
 * example because of a fault in the peer's program, new ones would be made without a pause.
 */
import { BACKOFF_MS, MAX_BACKOFF_MS, MAX_USELESS_CONNECTIONS } from "../limits.ts";

export class ReconnectBackoff {
  /** Records carried when the present connection began. */
  #before = 0;
  /** Consecutive connections that have carried nothing. */
  #useless = 0;

  /** Notes that a connection begins. `progress` is the number of records carried so far by all connections. */
  began(progress: number): void {
    this.#before = progress;
  }

  /** Notes that the connection is lost. Returns the delay in milliseconds before a new one is asked for. */
  ended(progress: number): number {
    this.#useless = progress > this.#before ? 0 : this.#useless + 1;
    if (this.#useless <= MAX_USELESS_CONNECTIONS) return 0;
    return Math.min(BACKOFF_MS * 2 ** (this.#useless - MAX_USELESS_CONNECTIONS), MAX_BACKOFF_MS);
  }
}
