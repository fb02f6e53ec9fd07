import type { BulkCipher } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";
import type { Connection } from "../../net/connection.ts";
import type { RecordPipe } from "../api.ts";
import { Incoming } from "./incoming.ts";
import { Outgoing } from "./outgoing.ts";
import { Opener, Sealer } from "./record.ts";
import { BulkTaker, RecordTaker } from "./takers.ts";

/** What a pipe is made from, once the handshake on a connection is done. */
export interface PipeParts {
  readonly connection: Connection;
  readonly cipher: BulkCipher;
  readonly sealKey: Uint8Array;
  readonly openKey: Uint8Array;
  /** Bytes of records that came together with the end of the handshake. */
  readonly rest: Uint8Array;
  readonly description: string;
}

/** Encrypted records over a connection. */
export class EncryptedPipe implements RecordPipe {
  readonly description: string;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #records = new RecordTaker();

  constructor({ connection, cipher, sealKey, openKey, rest, description }: PipeParts) {
    this.description = description;
    this.#connection = connection;
    this.#outgoing = new Outgoing(connection, new Sealer(cipher, sealKey));
    this.#incoming = new Incoming(connection, {
      opener: new Opener(cipher, openKey),
      taker: this.#records,
      rest,
      over: (error) => this.#over(error),
    });
  }

  sendRecord(record: Uint8Array): Promise<void> {
    return this.#outgoing.send(record);
  }

  async receiveRecord({ signal }: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    const record = await this.#nextRecord(signal);
    if (record === null) throw new TransitError("The other side closed the connection before the next message came.");
    return record;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    for (let record = await this.#nextRecord(); record !== null; record = await this.#nextRecord()) yield record;
  }

  sendBulk(data: Uint8Array): Promise<void> {
    return this.#outgoing.sendBulk(data);
  }

  async *receiveBulk(length: number, { signal }: { signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array, void> {
    signal?.throwIfAborted();
    const bulk = new BulkTaker(length);
    const abandon = () => bulk.abandon(signal?.reason);
    signal?.addEventListener("abort", abandon);
    this.#incoming.serve(bulk);
    try {
      for (let piece = await this.#nextPiece(bulk); piece !== null; piece = await this.#nextPiece(bulk)) {
        yield piece;
        signal?.throwIfAborted();
      }
    } finally {
      signal?.removeEventListener("abort", abandon);
      // What was opened and not consumed cannot be given back: the pipe would go on with a gap.
      if (!bulk.complete) this.destroy();
      this.#incoming.serve(this.#records);
    }
  }

  async close(): Promise<void> {
    await this.#outgoing.end();
    this.#incoming.stop(closedHere());
  }

  destroy(): void {
    this.#incoming.stop(closedHere());
    this.#connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #nextRecord(signal?: AbortSignal): Promise<Uint8Array | null> {
    const record = this.#records.next(signal);
    this.#incoming.poke();
    return record;
  }

  #nextPiece(bulk: BulkTaker): Promise<Uint8Array | null> {
    const piece = bulk.next();
    this.#incoming.poke();
    return piece;
  }

  #over(error: TransitError | null): void {
    this.#outgoing.stop(error ?? new TransitError("The other side closed the connection before it had everything."));
    if (error !== null) this.#connection.destroy();
  }
}

function closedHere(): TransitError {
  return new TransitError("The connection was closed on this side.");
}
