/** The incoming half of a pipe: it cuts the stream into records and gives them to the present sink. */
import { TransitError } from "../../errors.ts";
import type { Connection, Receiver } from "../../net/connection.ts";
import { reasonOf } from "../../net/system-errors.ts";
import { type Opener, readLength } from "./record.ts";
import { RecordCutter } from "./record-cutter.ts";

/** Bytes that are read ahead while no record is wanted. Reading ahead is needed to notice the end of the connection. */
const READ_AHEAD_BYTES = 64 * 1024;

/** A consumer of records. */
export interface RecordSink {
  /** The sink calls this when it becomes ready. {@link Incoming} sets it. */
  onReady: () => void;
  /** Whether the sink can accept a record now. */
  readonly isReady: boolean;
  /** Accepts a sealed record, which is valid during the call only. @throws {TransitError} which ends the pipe */
  accept(sealed: Uint8Array, opener: Opener): void;
  /** Passes on the accepted records, because there is no further record at present, or no room for one. */
  flush(): void;
  /** Called when nothing more will arrive. `null`: the other side closed the connection between two records. */
  end(error: TransitError | null): void;
}

/** The parts of an {@link Incoming}. */
export interface IncomingOptions {
  readonly opener: Opener;
  readonly sink: RecordSink;
  /** The bytes that arrived together with the end of the handshake. */
  readonly rest: Uint8Array;
  /** Called when the connection has ended, but not after {@link Incoming.stop}. */
  readonly onEnd: (error: TransitError | null) => void;
}

/** Gives the records of a connection to one sink at a time. While the sink is not ready, the connection is paused. */
export class Incoming implements Receiver {
  readonly #connection: Connection;
  readonly #opener: Opener;
  readonly #onEnd: (error: TransitError | null) => void;
  readonly #cutter = new RecordCutter(readLength);
  #sink: RecordSink;
  #paused = false;
  /**
   * Set when nothing more will arrive. If `worthless` is false, records that have arrived can still be accepted.
   */
  #end: { readonly error: TransitError | null; readonly worthless: boolean } | null = null;

  constructor(connection: Connection, { opener, sink, rest, onEnd }: IncomingOptions) {
    this.#connection = connection;
    this.#opener = opener;
    this.#onEnd = onEnd;
    this.#sink = sink;
    sink.onReady = () => this.#advance();
    this.#cutter.feed(rest);
    this.#cutter.retain();
    connection.receive(this);
  }

  /** Gives all further records to another sink. */
  use(sink: RecordSink): void {
    this.#sink = sink;
    sink.onReady = () => this.#advance();
    this.#advance();
  }

  chunk(bytes: Uint8Array): void {
    if (this.#end !== null) return;
    this.#cutter.feed(bytes);
    this.#pass();
    this.#cutter.retain();
    this.#throttle();
  }

  ended(error?: Error): void {
    const lost = error && new TransitError(`The connection was lost: ${reasonOf(error)}.`, { cause: error });
    this.#finish(lost ?? null, false);
    this.#onEnd(lost ?? null);
  }

  /** Ends the pipe from this side. Records that have arrived and were not accepted are dropped. */
  stop(error: TransitError): void {
    this.#finish(error, true);
  }

  #advance(): void {
    this.#pass();
    this.#throttle();
  }

  #pass(): void {
    try {
      while (this.#sink.isReady && !this.#end?.worthless) {
        const sealed = this.#cutter.next();
        if (sealed === null) break;
        this.#sink.accept(sealed, this.#opener);
      }
    } catch (error) {
      this.#finish(error as TransitError, true);
      this.#onEnd(error as TransitError);
      return;
    }
    this.#sink.flush();
    if (this.#end !== null && this.#sink.isReady) this.#sink.end(this.#reason(this.#end.error));
  }

  /** The reason for the end. A connection that closes in the middle of a record was not closed on purpose. */
  #reason(error: TransitError | null): TransitError | null {
    if (error !== null || this.#cutter.length === 0) return error;
    return new TransitError(
      "The connection ended before everything had arrived. The other side has stopped, or the network failed.",
    );
  }

  #finish(error: TransitError | null, worthless: boolean): void {
    if (this.#end?.worthless) return;
    this.#end = { error, worthless };
    this.#pass();
  }

  #throttle(): void {
    const enough = !this.#sink.isReady && this.#cutter.length >= READ_AHEAD_BYTES;
    if (enough === this.#paused) return;
    this.#paused = enough;
    if (enough) this.#connection.pause();
    else this.#connection.resume();
  }
}
