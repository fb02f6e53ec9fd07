import { TransitError } from "../../errors.ts";
import type { Connection, Receiver } from "../../net/connection.ts";
import { reasonOf } from "../race/reason.ts";
import { type Opener, readLength } from "./record.ts";
import { RecordCutter } from "./record-cutter.ts";

/** Bytes that we read ahead of whoever asks for records: so the end of the connection is noticed while nobody asks. */
const READ_AHEAD = 64 * 1024;

/** Who takes records. */
export interface Taker {
  /** Whether a record has a place now. */
  readonly wants: boolean;
  /** Takes a sealed record, which is valid during the call only. @throws {TransitError} which ends everything */
  take(sealed: Uint8Array, opener: Opener): void;
  /** No more can be taken for now: time to hand on what was. */
  taken(): void;
  /** Nothing more will come. `null`: the other side closed, between two records. */
  ended(error: TransitError | null): void;
}

/** Brings the records of a connection to one taker after another, and makes the connection wait in between. */
export class Incoming implements Receiver {
  readonly #connection: Connection;
  readonly #opener: Opener;
  readonly #over: (error: TransitError | null) => void;
  readonly #cutter = new RecordCutter(readLength);
  #taker: Taker;
  #paused = false;
  /** Set when nothing more will arrive. What has arrived can still be taken, unless it is worthless. */
  #end: { readonly error: TransitError | null; readonly worthless: boolean } | null = null;

  /** `rest` is what came with the end of the handshake. `over` is told when the connection has ended, but for {@link stop}. */
  constructor(
    connection: Connection,
    options: { opener: Opener; taker: Taker; rest: Uint8Array; over: (error: TransitError | null) => void },
  ) {
    this.#connection = connection;
    this.#opener = options.opener;
    this.#over = options.over;
    this.#taker = options.taker;
    this.#cutter.lend(options.rest);
    this.#cutter.keep();
    connection.receive(this);
  }

  /** Records go to this taker from now on. */
  serve(taker: Taker): void {
    this.#taker = taker;
    this.poke();
  }

  /** The taker may want more than before. */
  poke(): void {
    this.#pass();
    this.#throttle();
  }

  chunk(bytes: Uint8Array): void {
    if (this.#end !== null) return;
    this.#cutter.lend(bytes);
    this.#pass();
    this.#cutter.keep();
    this.#throttle();
  }

  ended(error?: Error): void {
    const lost = error && new TransitError(`The connection was lost: ${reasonOf(error)}.`, { cause: error });
    this.#finish(lost ?? null, false);
    this.#over(lost ?? null);
  }

  /** Ends it from this side: nothing that has arrived is of use any more. */
  stop(error: TransitError): void {
    this.#finish(error, true);
  }

  #pass(): void {
    try {
      while (this.#taker.wants && !this.#end?.worthless) {
        const sealed = this.#cutter.next();
        if (sealed === null) break;
        this.#taker.take(sealed, this.#opener);
      }
    } catch (error) {
      this.#finish(error as TransitError, true);
      this.#over(error as TransitError);
      return;
    }
    this.#taker.taken();
    if (this.#end !== null && this.#taker.wants) this.#taker.ended(this.#reason(this.#end.error));
  }

  /** An end in the middle of a record is none that the other side wanted. */
  #reason(error: TransitError | null): TransitError | null {
    if (error !== null || this.#cutter.length === 0) return error;
    return new TransitError("The other side closed the connection in the middle of a record.");
  }

  #finish(error: TransitError | null, worthless: boolean): void {
    if (this.#end?.worthless) return;
    this.#end = { error, worthless };
    this.#pass();
  }

  #throttle(): void {
    const enough = !this.#taker.wants && this.#cutter.length >= READ_AHEAD;
    if (enough === this.#paused) return;
    this.#paused = enough;
    if (enough) this.#connection.pause();
    else this.#connection.resume();
  }
}
