/** The writing direction of a subchannel: a stream whose chunks go to the peer. */
import { unlessAborted } from "../../base/abort.ts";
import { bytesOf, isBytes } from "../../base/bytes.ts";
import { WormholeClosedError } from "../../errors.ts";
import { HIGH_WATER_MARK_BYTES, MAX_WRITE_BYTES } from "../limits.ts";

/** Takes the chunks of a stream. */
export interface ChunkSink {
  /** Returns null if a chunk can be sent now, or a promise that resolves when one may be. */
  room(): Promise<void> | null;
  /** Sends a chunk. The caller may reuse its memory afterwards. */
  send(chunk: Uint8Array): void;
  /** Ends the writing direction. Resolves when the peer has everything. */
  finish(): Promise<void>;
  /** Whether nothing can be written any more. */
  readonly isFinished: boolean;
}

export class Outflow {
  readonly writable: WritableStream<Uint8Array>;
  readonly #sink: ChunkSink;
  #stream!: WritableStreamDefaultController;
  /** Number of chunks written, and of those that were sent. */
  #written = 0;
  #sent = 0;
  /** The number of chunks to send before the end, if the stream was closed while an application held its lock. */
  #last: number | null = null;
  /** Whether an invalid chunk has broken the stream. */
  #broken = false;

  constructor(sink: ChunkSink) {
    this.#sink = sink;
    this.writable = new WritableStream(
      {
        start: (stream) => {
          this.#stream = stream;
        },
        write: (chunk) => this.#write(chunk),
        close: () => sink.finish(),
        // The protocol has only one way to end a stream. An abort does not wait for the peer.
        abort: () => void sink.finish().catch(() => {}),
      },
      { highWaterMark: HIGH_WATER_MARK_BYTES, size: (chunk) => this.#measure(chunk) },
    );
  }

  /** Closes the stream after all chunks that were written, even while an application holds its lock. */
  close(): void {
    if (this.#sink.isFinished || this.#last !== null) return;
    if (!this.writable.locked) {
      this.writable.close().catch(() => this.#sink.finish().catch(() => {}));
      return;
    }
    this.#last = this.#written;
    if (this.#sent === this.#last || this.#broken) this.#finish();
  }

  /** Breaks the stream. */
  fail(error: Error): void {
    this.#stream.error(error);
  }

  /** Counts a chunk. The stream calls this synchronously for each write. */
  #measure(chunk: unknown): number {
    this.#written++;
    return isBytes(chunk) ? chunk.length : 1;
  }

  async #write(chunk: unknown): Promise<void> {
    this.#broken ||= !isBytes(chunk);
    const bytes = bytesOf("a chunk", chunk);
    const sink = this.#sink;
    let start = 0;
    do {
      for (let room = sink.room(); room !== null; room = sink.room()) await unlessAborted(room, this.#stream.signal);
      if (sink.isFinished) throw closed();
      sink.send(bytes.subarray(start, start + MAX_WRITE_BYTES));
      start += MAX_WRITE_BYTES;
    } while (start < bytes.length);
    this.#sent++;
    if (this.#sent === this.#last) this.#finish();
  }

  #finish(): void {
    this.#sink.finish().catch(() => {});
    this.#stream.error(closed());
  }
}

function closed(): WormholeClosedError {
  return new WormholeClosedError("The subchannel is closed.");
}
