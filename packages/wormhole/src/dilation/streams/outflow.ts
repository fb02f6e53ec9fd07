import { unlessAborted } from "../../base/abort.ts";
import { WormholeClosedError } from "../../errors.ts";
import { HIGH_WATER_MARK, MAX_WRITE } from "../limits.ts";

/** Where the chunks go. */
export interface Drain {
  /** Null if there is room for a chunk, or what resolves when there may be. */
  room(): Promise<void> | null;
  /** Takes a chunk, which is the writer's again after the call. */
  send(chunk: Uint8Array): void;
  /** Nothing more is written. Resolves when the other side has everything. */
  finish(): Promise<void>;
  /** Whether nothing can be written any more. */
  readonly isFinished: boolean;
}

/** The writing direction of a subchannel: a stream whose chunks go to the other side. */
export class Outflow {
  readonly writable: WritableStream<Uint8Array>;
  readonly #drain: Drain;
  #stream!: WritableStreamDefaultController;
  /** Chunks that were written, and those of them that were sent. */
  #written = 0;
  #sent = 0;
  /** The chunk that is the last one, if the stream was closed while somebody held its writer. */
  #last: number | null = null;
  /** A chunk that was none has broken the stream. */
  #broken = false;

  constructor(drain: Drain) {
    this.#drain = drain;
    this.writable = new WritableStream(
      {
        start: (stream) => {
          this.#stream = stream;
        },
        write: (chunk) => this.#write(chunk),
        close: () => drain.finish(),
        // The protocol has one way to end a stream. Who gives up does not wait for the other side.
        abort: () => void drain.finish().catch(() => {}),
      },
      { highWaterMark: HIGH_WATER_MARK, size: (chunk) => this.#measure(chunk) },
    );
  }

  /** Closes the stream, also under the hands of somebody who holds its writer: what was written still goes. */
  close(): void {
    if (this.#drain.isFinished || this.#last !== null) return;
    if (!this.writable.locked) {
      this.writable.close().catch(() => this.#drain.finish().catch(() => {}));
      return;
    }
    this.#last = this.#written;
    if (this.#sent === this.#last || this.#broken) this.#finish();
  }

  /** Nothing can be written any more. */
  fail(error: Error): void {
    this.#stream.error(error);
  }

  /** The stream asks for each write, at once. */
  #measure(chunk: unknown): number {
    this.#written++;
    return chunk instanceof Uint8Array ? chunk.length : 1;
  }

  async #write(chunk: unknown): Promise<void> {
    if (!(chunk instanceof Uint8Array)) {
      this.#broken = true;
      throw new TypeError("a chunk must be a Uint8Array");
    }
    let start = 0;
    do {
      for (let room = this.#drain.room(); room !== null; room = this.#drain.room())
        await unlessAborted(room, this.#stream.signal);
      if (this.#drain.isFinished) throw closed();
      this.#drain.send(chunk.subarray(start, start + MAX_WRITE));
      start += MAX_WRITE;
    } while (start < chunk.length);
    this.#sent++;
    if (this.#sent === this.#last) this.#finish();
  }

  #finish(): void {
    this.#drain.finish().catch(() => {});
    this.#stream.error(closed());
  }
}

function closed(): WormholeClosedError {
  return new WormholeClosedError("The subchannel is closed.");
}
