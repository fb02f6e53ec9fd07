/** Clients that come by plain TCP: a line that ends with a line feed, then bytes. */
import { createServer, type Socket } from "node:net";
import type { Clock } from "../../internal/src/clock.ts";
import type { ListenAddress } from "../../internal/src/listen.ts";
import { readingInto } from "./accepted-socket.ts";
import { type Client, noReceiver, type Receiver } from "./client.ts";
import { streamHandshakeReader } from "./handshake.ts";
import { HIGH_WATER_MARK_BYTES, KEEP_ALIVE_MS } from "./limits.ts";
import { destroyWhenStuck, listen, type OpenPort } from "./port.ts";
import { type Chunk, ReadBuffers } from "./read-buffers.ts";

/**
 * Opens a TCP port, and calls `arrive` with every client.
 *
 * @throws ListenError if the port cannot be opened
 */
export function listenTcp(address: ListenAddress, clock: Clock, arrive: (client: Client) => void): Promise<OpenPort> {
  const options = {
    // When one side has sent everything, the bytes that still flow to it must not be cut off.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    highWaterMark: HIGH_WATER_MARK_BYTES,
  };
  const buffers = new ReadBuffers();
  return listen(createServer(options), address, (accepted) => {
    const client = new TcpClient(accepted, buffers, clock);
    arrive(client);
    return client.socket;
  });
}

class TcpClient implements Client {
  readonly readHandshake = streamHandshakeReader();
  readonly socket: Socket;
  readonly #buffers: ReadBuffers;
  readonly #clock: Clock;
  #receiver = noReceiver;
  #paused = false;
  /** Bytes of the last read before the client was paused. */
  #lastRead = 0;
  /** The buffer for the next read. */
  #buffer: Uint8Array;
  /**
   * The chunk that was read during a pause. Because of this read, the end of the client is noticed during a pause, too.
   */
  #held: Chunk | undefined;

  constructor(accepted: Socket, buffers: ReadBuffers, clock: Clock) {
    this.#buffers = buffers;
    this.#clock = clock;
    this.#buffer = buffers.next(0);
    this.socket = this.#readFrom(accepted);
    this.socket.on("end", () => this.#ended());
    // "close" follows and is handled.
    this.socket.on("error", () => {});
    this.socket.on("close", () => this.#ended());
  }

  get unsent(): number {
    return this.socket.writableLength;
  }

  get buffered(): number {
    return this.socket.writableLength + this.socket.readableLength + (this.#held?.bytes.length ?? 0);
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#deliver();
    if (!this.#paused) this.socket.resume();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.socket.write(bytes, written);
  }

  end(): void {
    this.#receiver = noReceiver;
    this.socket.end();
    this.resume();
    destroyWhenStuck(this.socket, this.#clock);
  }

  /** Starts reading from an accepted socket. Returns the socket to use from now on. */
  #readFrom(accepted: Socket): Socket {
    const socket = readingInto(accepted, { buffer: () => this.#buffer, callback: (length) => this.#read(length) });
    if (socket) return socket.resume();
    return accepted.on("data", (bytes: Buffer) => {
      if (!this.#arrived({ bytes })) accepted.pause();
    });
  }

  /** Takes the result of a read. Returns false to stop reading for now. */
  #read(length: number): boolean {
    if (!this.#paused) this.#lastRead = length;
    const goOn = this.#arrived(this.#buffers.take(this.#buffer, length));
    const isLast = goOn && this.#paused;
    this.#buffer = isLast ? this.#buffers.small : this.#buffers.next(this.#lastRead);
    return goOn;
  }

  #arrived(chunk: Chunk): boolean {
    this.#held = chunk;
    if (this.#paused) return false;
    this.#deliver();
    return true;
  }

  #deliver(): void {
    const chunk = this.#held;
    this.#held = undefined;
    if (chunk) this.#receiver.bytes(chunk.bytes, chunk.release);
  }

  #ended(): void {
    this.#deliver();
    const receiver = this.#receiver;
    this.#receiver = noReceiver;
    receiver.ended();
  }
}
