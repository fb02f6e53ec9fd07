/** Clients that come by WebSocket: one binary message with the handshake, then bytes in messages of any length. */
import { createServer, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import type { Clock } from "../../internal/src/clock.ts";
import type { ListenAddress } from "../../internal/src/listen.ts";
import { type Client, noReceiver, type Receiver } from "./client.ts";
import { messageHandshakeReader } from "./handshake.ts";
import {
  HANDSHAKE_MS,
  HIGH_WATER_MARK_BYTES,
  KEEP_ALIVE_MS,
  MAX_EARLY_BYTES,
  MAX_HEADER_BYTES,
  MAX_MESSAGE_BYTES,
} from "./limits.ts";
import { destroyWhenStuck, listen, type OpenPort } from "./port.ts";

/** The WebSocket close code of an ordinary end. */
const NORMAL_CLOSURE = 1000;

/**
 * Opens a port for WebSockets on any path, and calls `arrive` with every client.
 *
 * @throws ListenError if the port cannot be opened
 */
export function listenWebSocket(
  address: ListenAddress,
  clock: Clock,
  arrive: (client: Client) => void,
): Promise<OpenPort> {
  const options = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
    highWaterMark: HIGH_WATER_MARK_BYTES,
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HANDSHAKE_MS,
    requestTimeout: HANDSHAKE_MS,
    connectionsCheckingInterval: HANDSHAKE_MS / 10,
  };
  const server = createServer(options, (_, response) => explain(response));
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
  });
  server.on("upgrade", (request, _, head) => {
    const { socket } = request;
    upgrader.handleUpgrade(request, socket, head, (ws) => arrive(new WebSocketClient(ws, socket, clock)));
  });
  return listen(server, address);
}

/** Answers plain HTTP. */
function explain(response: ServerResponse): void {
  response.writeHead(426, { "content-type": "text/plain", connection: "close", upgrade: "websocket" });
  response.end("Magic Wormhole transit relay. Clients connect by WebSocket.\n");
}

class WebSocketClient implements Client {
  readonly readHandshake = messageHandshakeReader();
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #receiver = noReceiver;
  #paired = false;

  constructor(ws: WebSocket, socket: Socket, clock: Clock) {
    this.#ws = ws;
    this.#socket = socket;
    this.#clock = clock;
    ws.on("message", (message, isBinary) => this.#received(message, isBinary));
    // "close" follows and is handled.
    ws.on("error", () => {});
    ws.on("close", () => this.#ended());
    this.#limitEarlyBytes();
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  get buffered(): number {
    return this.#socket.writableLength + this.#socket.readableLength;
  }

  receive(receiver: Receiver): void {
    this.#paired = this.#receiver !== noReceiver;
    this.#receiver = receiver;
  }

  pause(): void {
    this.#ws.pause();
  }

  resume(): void {
    this.#ws.resume();
  }

  write(bytes: Uint8Array, written: () => void): void {
    this.#ws.send(bytes, { binary: true }, written);
  }

  end(): void {
    this.#receiver = noReceiver;
    this.#ws.resume();
    destroyWhenStuck(this.#socket, this.#clock);
    // ws destroys a closing socket after a fixed time, whatever is queued. So closing starts when the queue is empty.
    this.#socket.write("", () => this.#ws.close(NORMAL_CLOSURE));
  }

  #received(message: RawData, isBinary: boolean): void {
    if (isBinary) this.#receiver.bytes(message as Buffer);
    else this.#ws.terminate();
  }

  /**
   * Ends a client that sends too much before it is paired, so that the relay does not assemble a long message only to
   * refuse it. The chunk that exceeds the limit is still accepted, so that a client that is merely early gets its
   * answer.
   */
  #limitEarlyBytes(): void {
    let early = 0;
    const count = (chunk: Uint8Array) => {
      if (this.#paired) this.#socket.off("data", count);
      else if (early > MAX_EARLY_BYTES) this.#ws.terminate();
      early += chunk.length;
    };
    this.#socket.on("data", count);
  }

  #ended(): void {
    const receiver = this.#receiver;
    this.#receiver = noReceiver;
    receiver.ended();
  }
}
