/** The outgoing half of a pipe: it seals records and writes them, in the order of the calls. */
import { TransitError } from "../../errors.ts";
import type { Connection } from "../../net/connection.ts";
import { reasonOf } from "../../net/system-errors.ts";
import { BULK_BATCH_BYTES, MAX_RECORD_BYTES, type Sealer, SLAB_BYTES } from "./record.ts";

/** A buffer for sealed bulk data. */
interface Slab {
  readonly bytes: Uint8Array;
  /** Settles when the network has taken the bytes. */
  sent: Promise<void>;
}

/** Number of slabs. While one is on its way to the network, the other is filled. */
const SLABS = 2;

/** Sends records and bulk data. */
export class Outgoing {
  readonly #connection: Connection;
  readonly #sealer: Sealer;
  readonly #slabs: Slab[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** The error of new calls. Set when this side closes the connection. */
  #closed: TransitError | null = null;
  /** The error of all calls, including those that wait. Set when the connection is lost. */
  #broken: TransitError | null = null;

  constructor(connection: Connection, sealer: Sealer) {
    this.#connection = connection;
    this.#sealer = sealer;
  }

  /** Sends one record. @throws {RangeError} if it is longer than {@link MAX_RECORD_BYTES} */
  async send(record: Uint8Array): Promise<void> {
    if (record.length > MAX_RECORD_BYTES) throw new RangeError(`a record holds at most ${MAX_RECORD_BYTES} bytes`);
    await this.#inTurn(async () => {
      if (!this.#connection.write(this.#sealer.seal(record))) await this.#connection.drained();
    });
  }

  /** Sends bytes as a sequence of records. */
  async sendBulk(data: Uint8Array): Promise<void> {
    await this.#inTurn(async () => {
      for (let start = 0; start < data.length; start += BULK_BATCH_BYTES) {
        await this.#sendBatch(data.subarray(start, start + BULK_BATCH_BYTES));
      }
    });
  }

  /** Makes every waiting and later call fail with this error. */
  stop(error: TransitError): void {
    this.#broken ??= error;
  }

  /** Closes the connection once everything is sent. */
  async end(): Promise<void> {
    this.#closed ??= closedHere();
    await this.#last;
    await this.#connection.end();
  }

  async #sendBatch(data: Uint8Array): Promise<void> {
    const slab = await this.#freeSlab();
    this.#connection.write(this.#sealer.sealBatch(slab.bytes, data));
    slab.sent = this.#connection.drained();
    // A failure is reported when the slab is needed again.
    slab.sent.catch(() => {});
    this.#slabs.push(slab);
  }

  /** A free slab: a new one, or the one that was used longest ago, once the network has taken its bytes. */
  async #freeSlab(): Promise<Slab> {
    const oldest = this.#slabs.length < SLABS ? undefined : this.#slabs.shift();
    await oldest?.sent;
    return oldest ?? { bytes: new Uint8Array(SLAB_BYTES), sent: Promise.resolve() };
  }

  #inTurn(send: () => Promise<void>): Promise<void> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const sent = this.#last.then(() => this.#attempt(send));
    this.#last = sent.catch(() => {});
    return sent;
  }

  async #attempt(send: () => Promise<void>): Promise<void> {
    if (this.#broken !== null) throw this.#broken;
    try {
      await send();
    } catch (error) {
      this.stop(new TransitError(`The connection was lost: ${reasonOf(error)}.`, { cause: error }));
      throw this.#broken;
    }
  }
}

/** The error of calls after this side has closed the connection. */
export function closedHere(): TransitError {
  return new TransitError("The connection was closed on this side.");
}
