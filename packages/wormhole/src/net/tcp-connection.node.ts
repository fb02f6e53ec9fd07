import type { Socket } from "node:net";
import type { Connection, Receiver } from "./connection.ts";

/** Bytes that may wait in our memory before a writer is asked to wait: two batches of records. */
const WRITE_AHEAD = 512 * 1024;
/** After this idle time the system asks the far end whether it is still there, which also keeps routers awake. */
const KEEP_ALIVE_DELAY = 30_000;
/** How long the end waits for the far end to take what is queued. */
const FLUSH_DEADLINE = 60_000;
/**
 * How long we go on reading after our end, milliseconds. To close at once would make the system cut the connection if
 * anything arrives unread, and with it what the far end has not yet read of ours.
 */
const LINGER = 2_000;

/** How a dual-stack listener writes IPv4 addresses. */
const IPV4_IN_IPV6 = /^::ffff:(?=\d+\.)/;

interface DrainWaiter {
  /** The number of writes that must have been handed over. */
  readonly writes: number;
  resolve(): void;
  reject(error: Error): void;
}

/** A connected (or connecting) socket of Node. Whoever made it hands over what it reads, by {@link arrived}. */
export class TcpConnection implements Connection {
  readonly description: string;
  readonly #socket: Socket;
  #receiver: Receiver | null = null;
  /** What the next receiver gets first. */
  #early: Uint8Array | null = null;
  /** Set once nothing more will arrive. */
  #over: { readonly error?: Error } | null = null;
  #told = false;
  #paused = false;
  #failure: Error | null = null;
  #written = 0;
  #handedOver = 0;
  #waiters: DrainWaiter[] = [];

  constructor(socket: Socket, description: string) {
    this.description = description;
    this.#socket = socket;
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY);
    socket.on("error", (error) => {
      this.#failure = error;
    });
    socket.on("end", () => this.#finish({}));
    socket.on("close", () => this.#closed());
  }

  /** Takes what the socket has read. False: read no more. Node's own pause can be undone by a resume just before it. */
  arrived(bytes: Uint8Array): boolean {
    this.#receiver?.chunk(bytes);
    return this.#receiver !== null && !this.#paused;
  }

  /**
   * Takes back what a receiver that was to have the beginning only has got too much. The next receiver gets it first;
   * nothing arrives before.
   */
  giveBack(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#early = bytes.slice();
    this.#receiver = null;
    this.#socket.pause();
  }

  /** Keeps the process from waiting for the end of this connection. */
  unref(): void {
    this.#socket.unref();
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress?.replace(IPV4_IN_IPV6, "");
  }

  receive(receiver: Receiver): void {
    const first = this.#receiver === null;
    this.#receiver = receiver;
    if (!first) return;
    this.#flow();
    if (this.#over !== null) queueMicrotask(() => this.#tell());
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#receiver !== null) this.#flow();
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return false;
    this.#written++;
    this.#socket.write(bytes, this.#onHandedOver);
    return this.#socket.writableLength < WRITE_AHEAD;
  }

  drained(): Promise<void> {
    if (!this.#socket.writable) return Promise.reject(this.#failure ?? new Error("the connection is closed"));
    if (this.#socket.writableLength === 0) return Promise.resolve();
    const writes = this.#written;
    return new Promise((resolve, reject) => this.#waiters.push({ writes, resolve, reject }));
  }

  async end(): Promise<void> {
    const socket = this.#socket;
    this.#receiver = NOBODY;
    if (socket.destroyed) return;
    const deadline = setTimeout(() => socket.destroy(), FLUSH_DEADLINE);
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.end(resolve);
    });
    clearTimeout(deadline);
    // The process may end before the far end has closed too.
    socket.unref();
    this.resume();
    const lingering = setTimeout(() => socket.destroy(), LINGER).unref();
    socket.once("close", () => clearTimeout(lingering));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #flow(): void {
    if (this.#early !== null) queueMicrotask(() => this.#deliverEarly());
    this.#socket.resume();
  }

  #deliverEarly(): void {
    const early = this.#early;
    if (early === null || this.#paused) return;
    this.#early = null;
    this.#receiver?.chunk(early);
    if (this.#over !== null) this.#tell();
  }

  readonly #onHandedOver = (error?: Error | null): void => {
    if (error) return;
    this.#handedOver++;
    while (this.#waiters[0] !== undefined && this.#waiters[0].writes <= this.#handedOver)
      this.#waiters.shift()?.resolve();
  };

  #closed(): void {
    const error = this.#failure ?? new Error("the connection is closed");
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
    this.#finish(this.#failure === null ? {} : { error: this.#failure });
  }

  #finish(over: { readonly error?: Error }): void {
    this.#over ??= over;
    if (this.#receiver !== null) this.#tell();
  }

  #tell(): void {
    if (this.#told || this.#early !== null) return;
    this.#told = true;
    this.#receiver?.ended(this.#over?.error);
  }
}

const NOBODY: Receiver = { chunk() {}, ended() {} };
