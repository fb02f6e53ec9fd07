/** Clients that come by plain TCP: a line that ends with a line feed, then bytes. */
import { createServer, type Socket } from "node:net";
import { readingInto } from "./accepted.ts";
import { type Client, nobody, type Receiver } from "./client.ts";
import type { Clock } from "./clock.ts";
import { listenToStream } from "./handshake.ts";
import { HIGH_WATER_MARK, KEEP_ALIVE_TIME } from "./limits.ts";
import { type Address, type Listening, letGo, listen } from "./listening.ts";
import { type Chunk, ReadBuffers } from "./read-buffers.ts";

/** Opens a TCP port and hands over every client that comes. Rejects with a `ListenError`. */
export function listenTcp(address: Address, clock: Clock, arrive: (client: Client) => void): Promise<Listening> {
  const options = {
    // The end of what one side sends must not cut off what still flows to it.
    allowHalfOpen: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_TIME,
    highWaterMark: HIGH_WATER_MARK,
  };
  const buffers = new ReadBuffers();
  return listen(createServer(options), address, (accepted) => {
    const client = new TcpClient(accepted, buffers, clock);
    arrive(client);
    return client.socket;
  });
}

class TcpClient implements Client {
  readonly listen = listenToStream();
  readonly socket: Socket;
  readonly #buffers: ReadBuffers;
  readonly #clock: Clock;
  #receiver = nobody;
  #paused = false;
  /** What the last read brought before the client was paused, and what the next one goes into. */
  #brought = 0;
  #buffer: Uint8Array;
  /** What has come since the client was paused: an end behind it is heard at once. */
  #held: Chunk | undefined;

  constructor(accepted: Socket, buffers: ReadBuffers, clock: Clock) {
    this.#buffers = buffers;
    this.#clock = clock;
    this.#buffer = buffers.next(0);
    this.socket = this.#readFrom(accepted);
    this.socket.on("end", () => this.#ended());
    // "close" follows, and says all that matters.
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
    this.#handOver();
    if (!this.#paused) this.socket.resume();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.socket.write(bytes, written);
  }

  end(): void {
    this.#receiver = nobody;
    this.socket.end();
    this.resume();
    letGo(this.socket, this.#clock);
  }

  /** The socket to go on with. */
  #readFrom(accepted: Socket): Socket {
    const socket = readingInto(accepted, { buffer: () => this.#buffer, callback: (length) => this.#read(length) });
    if (socket) return socket.resume();
    return accepted.on("data", (bytes) => {
      if (!this.#arrived({ bytes: bytes as Uint8Array })) accepted.pause();
    });
  }

  /** A read has brought so many bytes. False: read no more for now. */
  #read(length: number): boolean {
    if (!this.#paused) this.#brought = length;
    const goOn = this.#arrived(this.#buffers.take(this.#buffer, length));
    const isLast = goOn && this.#paused;
    this.#buffer = isLast ? this.#buffers.little : this.#buffers.next(this.#brought);
    return goOn;
  }

  #arrived(chunk: Chunk): boolean {
    this.#held = chunk;
    if (this.#paused) return false;
    this.#handOver();
    return true;
  }

  #handOver(): void {
    const chunk = this.#held;
    this.#held = undefined;
    if (chunk) this.#receiver.bytes(chunk.bytes, chunk.release);
  }

  #ended(): void {
    this.#handOver();
    const receiver = this.#receiver;
    this.#receiver = nobody;
    receiver.ended();
  }
}
