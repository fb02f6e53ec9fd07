import { TransitError } from "../../errors.ts";
import type { Connection } from "../../net/connection.ts";
import { reasonOf } from "../race/reason.ts";
import { BATCH, MAX_RECORD, type Sealer, SLAB } from "./record.ts";

/** Memory for sealed bulk data. */
interface Slab {
  readonly bytes: Uint8Array;
  /** Settles when the network has taken them. */
  sent: Promise<void>;
}

/** Slabs that take turns: while one is on its way to the network, the next is filled. */
const SLABS = 2;

/** Seals and writes, in the order of the calls. */
export class Outgoing {
  readonly #connection: Connection;
  readonly #sealer: Sealer;
  readonly #slabs: Slab[] = [];
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing new is taken, once the end has been asked for. */
  #closed: TransitError | null = null;
  /** Why nothing can be sent any more, not even what waits. */
  #broken: TransitError | null = null;

  constructor(connection: Connection, sealer: Sealer) {
    this.#connection = connection;
    this.#sealer = sealer;
  }

  /** One record. */
  async send(record: Uint8Array): Promise<void> {
    if (record.length > MAX_RECORD) throw new RangeError(`a record holds at most ${MAX_RECORD} bytes`);
    await this.#inTurn(async () => {
      if (!this.#connection.write(this.#sealer.seal(record))) await this.#connection.drained();
    });
  }

  /** Bytes as a sequence of records. */
  async sendBulk(data: Uint8Array): Promise<void> {
    await this.#inTurn(async () => {
      for (let start = 0; start < data.length; start += BATCH) {
        await this.#sendBatch(data.subarray(start, start + BATCH));
      }
    });
  }

  /** Everything that waits, or comes later, fails with this error. */
  stop(error: TransitError): void {
    this.#broken ??= error;
  }

  /** Closes the connection after what was sent before. */
  async end(): Promise<void> {
    this.#closed ??= new TransitError("The connection was closed on this side.");
    await this.#last;
    await this.#connection.end();
  }

  async #sendBatch(data: Uint8Array): Promise<void> {
    const slab = await this.#freeSlab();
    this.#connection.write(this.#sealer.sealBatch(slab.bytes, data));
    slab.sent = this.#connection.drained();
    // Whoever needs the slab again hears of a failure.
    slab.sent.catch(() => {});
    this.#slabs.push(slab);
  }

  /** The slab that was used longest ago. */
  async #freeSlab(): Promise<Slab> {
    const oldest = this.#slabs.length < SLABS ? undefined : this.#slabs.shift();
    await oldest?.sent;
    return oldest ?? { bytes: new Uint8Array(SLAB), sent: Promise.resolve() };
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
