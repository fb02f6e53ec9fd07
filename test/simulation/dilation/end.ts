/** One end of a simulated connection. The network between the two ends is in line.ts and wire.ts. */
import type { Connection, Receiver } from "../../../packages/wormhole/src/net/connection.ts";
import type { Line } from "./line.ts";
import type { Sleeper } from "./timeline.ts";
import type { Wire } from "./wire.ts";

/** The machine that an end of a connection belongs to. */
export interface Place extends Sleeper {
  readonly name: string;
  /** The open ends of the machine. */
  readonly ends: Set<End>;
  /** The most bytes that one of them has ever had waiting for the network. */
  mostUnsent: number;
}

/** The machine of an end, its far end for display, and the local address with which the connection was made. */
export interface EndOptions {
  readonly place: Place;
  readonly description: string;
  readonly localAddress: string | undefined;
  /** Whether queued bytes are still sent after the far end has closed, as relays need. */
  readonly allowHalfOpen: boolean;
}

/** The longest time that `end()` waits for queued bytes. */
const FLUSH_DEADLINE_MS = 60_000;
/** The longest chunk that a receiver gets. */
export const CHUNK = 64 * 1024;

/** The memory of a chunk during the call of its receiver. It is overwritten afterwards, and chunks begin at random offsets. */
const scratch = new Uint8Array(CHUNK + 64);

/** One end, as its program sees it. It behaves as inconveniently as Node's sockets may. */
export class End implements Connection {
  readonly description: string;
  readonly localAddress: string | undefined;
  readonly place: Place;
  readonly side: 0 | 1;
  readonly line: Line;
  readonly wire: Wire;
  readonly #allowHalfOpen: boolean;
  #receiver: Receiver | null = null;
  #paused = false;
  /** Whether one chunk that was on its way still arrives after the pause. */
  #late = false;
  #arrived: Uint8Array[] = [];
  #delivering = false;
  /** Set when nothing more will arrive; with an error if the connection has failed. */
  #over: { readonly error?: Error } | null = null;
  /** Whether the receiver was notified of the end. */
  #notified = false;
  /** Whether the owner of this end has closed it. */
  #closed = false;

  constructor(line: Line, side: 0 | 1, wire: Wire, options: EndOptions) {
    this.line = line;
    this.side = side;
    this.wire = wire;
    this.place = options.place;
    this.description = options.description;
    this.localAddress = options.localAddress;
    this.#allowHalfOpen = options.allowHalfOpen;
    this.place.ends.add(this);
  }

  /** Bytes that were written and that the network has not taken. */
  get unsent(): number {
    return this.wire.unsent;
  }

  /** Bytes that have arrived and were not taken. */
  get unread(): number {
    return this.#arrived.reduce((sum, { length }) => sum + length, 0);
  }

  receive(receiver: Receiver): void {
    if (!this.#closed) this.#receiver = receiver;
    this.#deliverSoon();
  }

  pause(): void {
    this.#paused = true;
    this.#late = this.line.chance.once(4);
  }

  resume(): void {
    this.#paused = false;
    this.#deliverSoon();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed || this.#over) return false;
    this.wire.write(bytes);
    this.place.mostUnsent = Math.max(this.place.mostUnsent, this.wire.unsent);
    return this.wire.unsent < this.line.fate.window;
  }

  drained(): Promise<void> {
    if (this.#closed || this.#notified || this.#over?.error)
      return Promise.reject(this.#over?.error ?? new Error("the connection is closed"));
    return this.wire.drained();
  }

  end(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#leave();
    return new Promise((resolve) => {
      const done = () => {
        this.line.close(this.side, false);
        resolve();
      };
      this.wire.close(done);
      this.line.soon(FLUSH_DEADLINE_MS, this.side, () => this.wire.stop(new Error("nothing was taken for a minute")));
    });
  }

  destroy(): void {
    this.wire.stop(new Error("closed here"));
    if (this.#closed) return;
    const receiver = this.#receiver;
    this.#leave();
    this.line.close(this.side, this.line.chance.once(2));
    if (receiver && !this.#notified) this.line.soon(0, this.side, () => receiver.ended());
    this.#notified = true;
  }

  arrive(piece: Uint8Array): void {
    if (this.#over) return;
    if (this.#closed) {
      this.line.took(this.side === 0 ? 1 : 0, piece.length);
      return;
    }
    this.#arrived.push(piece);
    if (this.#delivering) return;
    this.#deliver(this.#late);
    this.#late = false;
  }

  /** The far end has closed. */
  finish(): void {
    this.#over ??= {};
    if (!this.#delivering) this.#deliver(false);
  }

  /** The connection has failed: bytes that were not taken are lost. */
  fail(): void {
    if (this.#over?.error) return;
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#over = { error };
    this.#arrived = [];
    this.wire.stop(error);
    if (!this.#delivering) this.#deliver(false);
  }

  #leave(): void {
    this.#closed = true;
    this.#receiver = null;
    this.#arrived = [];
    this.place.ends.delete(this);
  }

  #deliverSoon(): void {
    if (this.#delivering || (this.#arrived.length === 0 && !this.#over)) return;
    this.#delivering = true;
    this.line.soon(0, this.side, () => {
      this.#delivering = false;
      this.#deliver(false);
    });
  }

  #deliver(evenIfPaused: boolean): void {
    const receiver = this.#receiver;
    if (!receiver || (this.#paused && !evenIfPaused && !this.#over?.error)) return;
    if (this.#arrived.length > 0) this.#give(receiver);
    else if (this.#over && !this.#notified) this.#notify(receiver, this.#over);
    if (!this.#paused) this.#deliverSoonIfMore();
  }

  #deliverSoonIfMore(): void {
    if (this.#arrived.length > 0 || (this.#over && !this.#notified)) this.#deliverSoon();
  }

  /** Passes on one chunk: everything that has arrived, or a part. The chunk is valid only during the call. */
  #give(receiver: Receiver): void {
    const offset = this.line.chance.number(64);
    const pieces = this.line.chance.once(3) ? 1 : this.#arrived.length;
    let end = offset;
    for (let i = 0; i < pieces; i++) {
      const piece = this.#arrived[0];
      if (piece === undefined || end + piece.length > offset + CHUNK) break;
      scratch.set(piece, end);
      end += piece.length;
      this.#arrived.shift();
    }
    receiver.chunk(scratch.subarray(offset, end));
    scratch.fill(0xdb, offset, end);
    this.line.took(this.side === 0 ? 1 : 0, end - offset);
  }

  #notify(receiver: Receiver, { error }: { readonly error?: Error }): void {
    this.#notified = true;
    this.place.ends.delete(this);
    if (!this.#allowHalfOpen && !error) {
      this.wire.close(() => {
        if (!this.#closed) this.line.close(this.side, false);
      });
    }
    receiver.ended(error);
  }
}
