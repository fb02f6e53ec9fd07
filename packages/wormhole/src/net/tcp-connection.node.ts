/** A TCP or Unix socket of Node as a {@link Connection}. */
import type { Socket } from "node:net";
import { WormholeError } from "../errors.ts";
import type { Connection, Receiver } from "./connection.ts";
import { withoutMapping } from "./socket-address.ts";
import { WriteProgress } from "./write-progress.ts";

/** Bytes that may wait in this process before `write` asks the caller to wait: two batches of records. */
const WRITE_AHEAD_BYTES = 512 * 1024;
/**
 * Idle time after which the system checks whether the far end still answers. Node's probes then give up after 10 seconds,
 * so this is how long the far end's computer may sleep.
 */
const KEEP_ALIVE_DELAY_MS = 15 * 60_000;
/** The longest time for which {@link TcpConnection.end} waits for the far end to accept the queued bytes. */
const FLUSH_DEADLINE_MS = 60_000;
/**
 * How long the socket still reads after its end. If it closed at once and more bytes arrived, the system would reset the
 * connection, and the far end would lose the bytes that it has not read yet (RFC 2525, section 2.17).
 */
const LINGER_MS = 2_000;

/** How a connection ended. Without an error, the far end closed it. */
interface End {
  readonly error?: Error;
}

/** The incoming half of a connection. */
type Incoming =
  /** There is no receiver yet, so the socket does not read. */
  | { readonly at: "silent" }
  /** Chunks go to the receiver, unless reading is paused. */
  | { readonly at: "flowing"; readonly receiver: Receiver }
  /** The connection ended before there was a receiver. The end is reported to the first one. */
  | { readonly at: "unreported"; readonly end: End }
  /** The end was reported to a receiver. Nothing more arrives. */
  | { readonly at: "ended" };

/**
 * A connected or connecting socket of Node.
 *
 * The creator of the socket passes on its incoming bytes by {@link arrived}, because the option `onread` must be given to
 * the socket's constructor (https://nodejs.org/api/net.html#socketconnectoptions-connectlistener).
 */
export class TcpConnection implements Connection {
  readonly description: string;
  readonly #socket: Socket;
  readonly #writes = new WriteProgress();
  #incoming: Incoming = { at: "silent" };
  /** Whether the receiver has paused the arrival of chunks. */
  #paused = false;
  /** The system's error, if the connection failed. */
  #error: Error | null = null;

  constructor(socket: Socket, description: string) {
    this.description = description;
    this.#socket = socket;
    // https://nodejs.org/api/net.html#socketsetkeepaliveenable-initialdelay
    socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS);
    // "close" always follows: https://nodejs.org/api/net.html#event-error_1. `socket.errored` is no substitute: it is
    // also set when this side's own `destroy()` cancels a write.
    socket.on("error", (error) => {
      this.#error = error;
    });
    socket.on("end", () => this.#ended({}));
    socket.on("close", () => this.#closed());
  }

  /**
   * Takes the bytes that the socket has read. Returns false to stop reading. Inside `onread`, only the returned value does
   * so reliably, because a recent `resume()` would undo a `pause()`.
   */
  arrived(bytes: Uint8Array): boolean {
    if (this.#incoming.at === "flowing") this.#incoming.receiver.chunk(bytes);
    return this.#isReading;
  }

  /** Allows the process to end while this connection is open: https://nodejs.org/api/net.html#socketunref. */
  unref(): void {
    this.#socket.unref();
  }

  get localAddress(): string | undefined {
    const { localAddress } = this.#socket;
    return localAddress && withoutMapping(localAddress);
  }

  receive(receiver: Receiver): void {
    const before = this.#incoming;
    if (before.at === "ended") return;
    this.#incoming = { at: "flowing", receiver };
    if (before.at === "silent" && !this.#paused) this.#socket.resume();
    // A receiver is never called from within a call of a method of the connection.
    if (before.at === "unreported") queueMicrotask(() => this.#ended(before.end));
  }

  pause(): void {
    this.#paused = true;
    this.#socket.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#incoming.at !== "silent") this.#socket.resume();
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#socket.writable) return false;
    this.#writes.began();
    // The callback is called when the system has taken the bytes, and the memory may be used again:
    // https://nodejs.org/api/net.html#socketwritedata-encoding-callback
    this.#socket.write(bytes, this.#writes.ended);
    return this.#socket.writableLength < WRITE_AHEAD_BYTES;
  }

  drained(): Promise<void> {
    if (!this.#socket.writable) return Promise.reject(this.#failure());
    if (this.#socket.writableLength === 0) return Promise.resolve();
    return this.#writes.allTaken();
  }

  async end(): Promise<void> {
    const socket = this.#socket;
    if (this.#incoming.at !== "ended") this.#incoming = { at: "flowing", receiver: DISCARD };
    if (socket.destroyed) return;
    const deadline = setTimeout(() => socket.destroy(), FLUSH_DEADLINE_MS);
    // If the socket closes first, the callback of `end` may never be called:
    // https://nodejs.org/api/net.html#socketenddata-encoding-callback
    await new Promise<void>((resolve) => {
      socket.once("close", resolve);
      socket.end(resolve);
    });
    clearTimeout(deadline);
    // The process may end before the far end has closed too.
    socket.unref();
    // A paused socket never emits "end", so it would not close by itself: https://nodejs.org/api/stream.html#event-end.
    this.resume();
    const lingering = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once("close", () => clearTimeout(lingering));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  get #isReading(): boolean {
    return this.#incoming.at === "flowing" && !this.#paused;
  }

  #closed(): void {
    this.#writes.fail(this.#failure());
    this.#ended(this.#error === null ? {} : { error: this.#error });
  }

  #ended(end: End): void {
    const before = this.#incoming;
    if (before.at === "ended" || before.at === "unreported") return;
    if (before.at === "silent") {
      this.#incoming = { at: "unreported", end };
      return;
    }
    this.#incoming = { at: "ended" };
    before.receiver.ended(end.error);
  }

  /** Why nothing can be sent any more. */
  #failure(): Error {
    return this.#error ?? new WormholeError("connection-closed", "The connection is closed.");
  }
}

/** The receiver of a connection that this side has ended. */
const DISCARD: Receiver = { chunk() {}, ended() {} };
