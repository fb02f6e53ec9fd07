/** Clients that come by plain TCP: a line that ends with a line feed, then bytes. */
import { createServer, type Socket } from "node:net";
import { type Client, nobody, type Receiver } from "./client.ts";
import type { Clock } from "./clock.ts";
import { listenToStream } from "./handshake.ts";
import { HIGH_WATER_MARK, KEEP_ALIVE_TIME } from "./limits.ts";
import { type Address, type Listening, letGo, listen } from "./listening.ts";

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
  return listen(
    createServer(options, (socket) => arrive(new TcpClient(socket, clock))),
    address,
  );
}

class TcpClient implements Client {
  readonly listen = listenToStream();
  readonly #socket: Socket;
  readonly #clock: Clock;
  #receiver = nobody;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.on("data", (chunk) => this.#receiver.bytes(chunk));
    socket.on("end", () => this.#ended());
    // "close" follows, and says all that matters.
    socket.on("error", () => {});
    socket.on("close", () => this.#closed());
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  get buffered(): number {
    return this.#socket.writableLength + this.#socket.readableLength;
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#socket.write(bytes, written);
  }

  end(): void {
    this.#receiver = nobody;
    this.#socket.end();
    this.#socket.resume();
    letGo(this.#socket, this.#clock);
  }

  #closed(): void {
    // A reset leaves behind what was taken in while the client was paused.
    const rest = this.#socket.read() as Uint8Array | null;
    if (rest) this.#receiver.bytes(rest);
    this.#ended();
  }

  #ended(): void {
    const receiver = this.#receiver;
    this.#receiver = nobody;
    receiver.ended();
  }
}
