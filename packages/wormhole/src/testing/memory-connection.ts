import { Once } from "../base/once.ts";
import type { Connection, Receiver } from "../net/connection.ts";

/** Bytes under way after which a writer is asked to wait. */
const ENOUGH = 256 * 1024;

/** The two ends of a stream; each is described to the other's owner. */
export function connectedPair(near: string, far: string): [MemoryConnection, MemoryConnection] {
  const [a, b] = [new MemoryConnection(near), new MemoryConnection(far)];
  a.join(b);
  b.join(a);
  return [a, b];
}

/** One end of a stream in memory. What is written arrives in order, in a turn of its own, as the other end takes it. */
export class MemoryConnection implements Connection {
  readonly description: string;
  /** Called once, when this end is closed in whatever way. */
  onClose: () => void = () => {};
  #peer: MemoryConnection | undefined;
  #receiver: Receiver | undefined;
  /** What has been written to us, and not been taken. */
  readonly #arriving: Uint8Array[] = [];
  #bytes = 0;
  #paused = false;
  #scheduled = false;
  /** The far end will write no more; the error, if it failed. */
  #last: { error?: Error } | undefined;
  #closed = false;
  /** Who waits until everything that they wrote has been taken. */
  #waiting: Once<void>[] = [];

  constructor(description: string) {
    this.description = description;
  }

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
    return this.#peer.#take(bytes.slice());
  }

  async drained(): Promise<void> {
    if (this.#last?.error) throw this.#last.error;
    if (!this.#peer || this.#peer.#arriving.length === 0) return;
    const waiting = new Once<void>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  async end(): Promise<void> {
    if (this.#closed) return;
    await this.drained().catch(() => {});
    if (this.#peer) this.#peer.#finish({});
    this.#close();
  }

  destroy(): void {
    if (this.#closed) return;
    if (this.#peer) this.#peer.#finish({});
    this.#close();
  }

  /** The connection fails, for both ends. */
  break(error: Error): void {
    if (this.#peer) this.#peer.#finish({ error });
    this.#finish({ error });
  }

  #take(bytes: Uint8Array): boolean {
    if (this.#closed) return true;
    this.#arriving.push(bytes);
    this.#bytes += bytes.length;
    this.#schedule();
    return this.#bytes < ENOUGH;
  }

  #finish(last: { error?: Error }): void {
    this.#last ??= last;
    if (last.error) this.#arriving.length = 0;
    this.#schedule();
  }

  #close(): void {
    this.#closed = true;
    this.#arriving.length = 0;
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
    const chunk = this.#arriving.shift();
    if (chunk) {
      this.#bytes -= chunk.length;
      receiver.chunk(chunk);
      if (this.#arriving.length === 0 && this.#peer) this.#peer.#released();
      return this.#schedule();
    }
    if (!this.#last) return;
    this.#close();
    receiver.ended(this.#last.error);
  }

  /** The far end has taken everything, or takes nothing more. */
  #released(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const once of waiting) once.resolve(undefined);
  }
}
