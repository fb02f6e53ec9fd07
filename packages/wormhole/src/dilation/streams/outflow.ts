/** The writing direction of a subchannel: a stream whose chunks go to the peer. */
import { unlessAborted } from "../../base/abort.ts";
import { WormholeClosedError } from "../../errors.ts";
import { HIGH_WATER_MARK_BYTES, MAX_WRITE_BYTES } from "../limits.ts";
import type { Channel } from "./channel.ts";

export class Outflow {
  readonly writable: WritableStream<Uint8Array>;
  readonly #channel: Channel;
  #stream!: WritableStreamDefaultController;
  /** Number of chunks written, and of those that were sent. */
  #written = 0;
  #sent = 0;
  /** The number of chunks to send before the end, if the stream was closed while an application held its lock. */
  #last: number | null = null;
  /** Whether an invalid chunk has broken the stream. */
  #broken = false;

  constructor(channel: Channel) {
    this.#channel = channel;
    this.writable = new WritableStream(
      {
        start: (stream) => {
          this.#stream = stream;
        },
        write: (chunk) => this.#write(chunk),
        close: () => channel.finish(),
        // The protocol has only one way to end a stream. An abort does not wait for the peer.
        abort: () => void channel.finish().catch(() => {}),
      },
      { highWaterMark: HIGH_WATER_MARK_BYTES, size: (chunk) => this.#measure(chunk) },
    );
  }

  /** Closes the stream after all chunks that were written, even while an application holds its lock. */
  close(): void {
    if (this.#channel.isFinished || this.#last !== null) return;
    if (!this.writable.locked) {
      this.writable.close().catch(() => this.#channel.finish().catch(() => {}));
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
    return chunk instanceof Uint8Array ? chunk.length : 1;
  }

  async #write(chunk: unknown): Promise<void> {
    if (!(chunk instanceof Uint8Array)) {
      this.#broken = true;
      throw new TypeError("a chunk must be a Uint8Array");
    }
    const channel = this.#channel;
    let start = 0;
    do {
      for (let room = channel.room(); room !== null; room = channel.room())
        await unlessAborted(room, this.#stream.signal);
      if (channel.isFinished) throw closed();
      channel.send(chunk.subarray(start, start + MAX_WRITE_BYTES));
      start += MAX_WRITE_BYTES;
    } while (start < chunk.length);
    this.#sent++;
    if (this.#sent === this.#last) this.#finish();
  }

  #finish(): void {
    this.#channel.finish().catch(() => {});
    this.#stream.error(closed());
  }
}

function closed(): WormholeClosedError {
  return new WormholeClosedError("The subchannel is closed.");
}
