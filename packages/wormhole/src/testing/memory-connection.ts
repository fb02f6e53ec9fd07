/** A stream of bytes in memory: two ends, backpressure, delays, and the ways in which it fails. */
import { Once } from "../base/once.ts";
import type { Connection, Receiver } from "../net/connection.ts";
import type { Schedule } from "./schedule.ts";

/** Bytes on their way after which a writer is asked to wait. */
const MAX_IN_FLIGHT_BYTES = 256 * 1024;

/** One end of a stream, as its owner sees it. */
export interface EndOptions {
  /** The far end, for people. */
  readonly description: string;
  /** The address of the machine that this end is on, if it has one. */
  readonly localAddress?: string | undefined;
  /** When something that the far end does arrives here. */
  readonly arrivals: Schedule;
}

/** Returns the two ends of a new stream. */
export function connectedPair(near: EndOptions, far: EndOptions): [MemoryConnection, MemoryConnection] {
  const [a, b] = [new MemoryConnection(near), new MemoryConnection(far)];
  a.join(b);
  b.join(a);
  return [a, b];
}

/** One end of a stream in memory. Bytes arrive in order, each write in a turn of its own, as fast as the other end takes them. */
export class MemoryConnection implements Connection {
  readonly description: string;
  readonly localAddress: string | undefined;
  /** Called once, when this end is closed for whatever reason. */
  onClose: () => void = () => {};
  readonly #arrivals: Schedule;
  #peer: MemoryConnection | undefined;
  #receiver: Receiver | undefined;
  /** Chunks that have arrived and that the receiver has not taken. */
  readonly #arrived: Uint8Array[] = [];
  /** Bytes that the peer has written and the receiver has not taken. */
  #bytes = 0;
  #paused = false;
  #scheduled = false;
  /** Set once the peer will write no more; with the error, if the stream failed. */
  #last: { error?: Error } | undefined;
  #closed = false;
  #silent = false;
  /** Calls of {@link drained} that wait until the peer has taken everything. */
  readonly #waiting: Once<void>[] = [];

  constructor({ description, localAddress, arrivals }: EndOptions) {
    this.description = description;
    this.localAddress = localAddress;
    this.#arrivals = arrivals;
  }

  /** Makes `peer` the other end. */
  join(peer: MemoryConnection): void {
    this.#peer = peer;
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#schedule();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#schedule();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || !this.#peer) return true;
    return this.#peer.#expect(bytes.slice());
  }

  async drained(): Promise<void> {
    if (this.#last?.error) throw this.#last.error;
    if (!this.#peer || this.#peer.#bytes === 0 || this.#peer.#closed) return;
    const waiting = new Once<void>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async end(): Promise<void> {
    if (this.#closed) return;
    await this.drained().catch(() => {});
    this.destroy();
  }

  destroy(): void {
    if (this.#closed) return;
    const peer = this.#peer;
    if (peer) peer.#arrivals(() => peer.#finish({}));
    this.#close();
  }

  /** Fails the stream: both ends receive the error, and everything on its way is lost. */
  break(error: Error): void {
    for (const end of [this.#peer, this]) if (end) end.#finish({ error });
  }

  /** Makes the stream dead: nothing arrives any more at either end, and neither end is notified until {@link break}. */
  silence(): void {
    for (const end of [this.#peer, this]) if (end) end.#silent = true;
  }

  /** Counts bytes that the peer has written, and plans their arrival. False: the peer should wait. */
  #expect(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#bytes += bytes.length;
    this.#arrivals(() => {
      if (this.#silent || this.#closed) return;
      this.#arrived.push(bytes);
      this.#schedule();
    });
    return this.#bytes < MAX_IN_FLIGHT_BYTES;
  }

  #finish(last: { error?: Error }): void {
    if (this.#silent && !last.error) return;
    this.#last ??= last;
    if (last.error) {
      this.#last = last;
      this.#arrived.length = 0;
      for (const once of this.#waiting.splice(0)) once.reject(last.error);
    }
    this.#schedule();
  }

  #close(): void {
    this.#closed = true;
    this.#arrived.length = 0;
    this.#bytes = 0;
    if (this.#peer) this.#peer.#released();
    this.onClose();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    const receiver = this.#receiver;
    if (!receiver || this.#closed) return;
    if (this.#paused && !this.#last?.error) return;
    const chunk = this.#arrived.shift();
    if (chunk) {
      this.#bytes -= chunk.length;
      receiver.chunk(chunk);
      if (this.#bytes === 0 && this.#peer) this.#peer.#released();
      return this.#schedule();
    }
    if (!this.#last) return;
    this.#close();
    receiver.ended(this.#last.error);
  }

  /** The peer has taken everything that was written here, or takes nothing more. */
  #released(): void {
    for (const once of this.#waiting.splice(0)) once.resolve();
  }
}
