/** The record pipe: encrypted records over the connection that a race has chosen. */
import { onAbort, type WaitOptions } from "../../base/abort.ts";
import { type Bytes, bytesOf, unshared } from "../../base/bytes.ts";
import { guarded, guardedIterator } from "../../base/guarded.ts";
import type { BulkCipher } from "../../crypto/bulk.ts";
import { TransitError } from "../../errors.ts";
import type { Connection } from "../../net/connection.ts";
import type { RecordPipe } from "../api.ts";
import { Incoming } from "./incoming.ts";
import { closedHere, Outgoing } from "./outgoing.ts";
import { Opener, Sealer } from "./record.ts";
import { BulkPieces, WholeRecords } from "./record-sinks.ts";

/** The parts of a pipe, as they are after the handshake. */
export interface PipeParts {
  readonly connection: Connection;
  readonly cipher: BulkCipher;
  /** The key of the records that this side sends, 32 bytes. */
  readonly sealKey: Uint8Array;
  /** The key of the records that the other side sends, 32 bytes. */
  readonly openKey: Uint8Array;
  /** Bytes of records that arrived together with the end of the handshake. */
  readonly rest: Uint8Array;
  /** Describes the connection for people. It may change until the first record has arrived. */
  readonly describe: () => string;
}

/** Encrypted records over a connection. */
export class EncryptedPipe implements RecordPipe {
  readonly #describe: () => string;
  readonly #connection: Connection;
  readonly #outgoing: Outgoing;
  readonly #incoming: Incoming;
  readonly #records = new WholeRecords();

  constructor({ connection, cipher, sealKey, openKey, rest, describe }: PipeParts) {
    this.#describe = describe;
    this.#connection = connection;
    this.#outgoing = new Outgoing(connection, new Sealer(cipher, sealKey));
    this.#incoming = new Incoming(connection, {
      opener: new Opener(cipher, openKey),
      sink: this.#records,
      rest,
      onEnd: (error) => this.#ended(error),
    });
  }

  get description(): string {
    return this.#describe();
  }

  sendRecord(record: Uint8Array): Promise<void> {
    return guarded(this.#send(record));
  }

  receiveRecord(options?: WaitOptions): Promise<Bytes> {
    return guarded(this.#receive(options));
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Bytes> {
    return guardedIterator(this.#received());
  }

  sendBulk(data: Uint8Array): Promise<void> {
    return guarded(this.#sendBulk(data));
  }

  receiveBulk(length: number, options?: WaitOptions): AsyncIterableIterator<Bytes> {
    return guardedIterator(this.#receiveBulk(length, options));
  }

  close(): Promise<void> {
    return guarded(this.#close());
  }

  destroy(): void {
    this.#incoming.stop(closedHere());
    this.#connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #send(record: Uint8Array): Promise<void> {
    return this.#outgoing.send(bytesOf("record", record));
  }

  async #sendBulk(data: Uint8Array): Promise<void> {
    return this.#outgoing.sendBulk(bytesOf("data", data));
  }

  async #receive({ signal }: WaitOptions = {}): Promise<Bytes> {
    const record = await this.#records.next(signal);
    if (record === null) throw new TransitError("The other side closed the connection before it had sent everything.");
    return unshared(record);
  }

  async *#received(): AsyncGenerator<Bytes, void, void> {
    const records = this.#records;
    for (let record = await records.next(); record !== null; record = await records.next()) yield unshared(record);
  }

  async *#receiveBulk(length: number, { signal }: WaitOptions = {}): AsyncGenerator<Bytes, void, void> {
    signal?.throwIfAborted();
    const bulk = new BulkPieces(length);
    const stop = onAbort(signal, (reason) => bulk.abandon(reason));
    this.#incoming.use(bulk);
    try {
      for (let piece = await bulk.next(); piece !== null; piece = await bulk.next()) {
        yield unshared(piece);
        signal?.throwIfAborted();
      }
    } finally {
      stop();
      // Bytes that were opened and not consumed cannot be given back: the pipe would continue with a gap.
      if (!bulk.isComplete) this.destroy();
      this.#incoming.use(this.#records);
    }
  }

  async #close(): Promise<void> {
    await this.#outgoing.end();
    this.#incoming.stop(closedHere());
  }

  #ended(error: TransitError | null): void {
    this.#outgoing.stop(
      error ?? new TransitError("The other side closed the connection before it had received everything."),
    );
    if (error !== null) this.#connection.destroy();
  }
}
