/** Clients that come by WebSocket: one binary message with the handshake, then messages whose bounds mean nothing. */
import { createServer, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { type Client, nobody, type Receiver } from "./client.ts";
import type { Clock } from "./clock.ts";
import { listenToMessages } from "./handshake.ts";
import {
  HANDSHAKE_TIME,
  HIGH_WATER_MARK,
  KEEP_ALIVE_TIME,
  MAX_EARLY_BYTES,
  MAX_HTTP_HEAD,
  MAX_MESSAGE,
} from "./limits.ts";
import { type Address, type Listening, letGo, listen } from "./listening.ts";

const NORMAL_CLOSURE = 1000;

/** Opens a port for WebSockets, on any path, and hands over every client that comes. Rejects with a `ListenError`. */
export function listenWebSocket(address: Address, clock: Clock, arrive: (client: Client) => void): Promise<Listening> {
  const options = {
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_TIME,
    highWaterMark: HIGH_WATER_MARK,
    maxHeaderSize: MAX_HTTP_HEAD,
    headersTimeout: HANDSHAKE_TIME,
    requestTimeout: HANDSHAKE_TIME,
    connectionsCheckingInterval: HANDSHAKE_TIME / 10,
  };
  const server = createServer(options, (_, response) => explain(response));
  const upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
  });
  server.on("upgrade", (request, _, head) => {
    const { socket } = request;
    upgrader.handleUpgrade(request, socket, head, (ws) => arrive(new WebSocketClient(ws, socket, clock)));
  });
  return listen(server, address);
}

function explain(response: ServerResponse): void {
  response.writeHead(426, { "content-type": "text/plain", connection: "close", upgrade: "websocket" });
  response.end("This is a transit relay of Magic Wormhole. It speaks WebSocket.\n");
}

class WebSocketClient implements Client {
  readonly listen = listenToMessages();
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #clock: Clock;
  #receiver = nobody;
  #paired = false;

  constructor(ws: WebSocket, socket: Socket, clock: Clock) {
    this.#ws = ws;
    this.#socket = socket;
    this.#clock = clock;
    ws.on("message", (message, isBinary) => this.#received(message, isBinary));
    // "close" follows, and says all that matters.
    ws.on("error", () => {});
    ws.on("close", () => this.#ended());
    this.#guard();
  }

  get unsent(): number {
    return this.#socket.writableLength;
  }

  get buffered(): number {
    return this.#socket.writableLength + this.#socket.readableLength;
  }

  receive(receiver: Receiver): void {
    this.#paired = this.#receiver !== nobody;
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
    this.#receiver = nobody;
    this.#ws.resume();
    letGo(this.#socket, this.#clock);
    // ws gives a closing socket a fixed time, whatever is still queued: it shall not start before the queue is empty.
    this.#socket.write("", () => this.#ws.close(NORMAL_CLOSURE));
  }

  #received(message: RawData, isBinary: boolean): void {
    if (isBinary) this.#receiver.bytes(message as Buffer);
    else this.#ws.terminate();
  }

  /**
   * A stranger must not make the relay put together a long message that it would refuse anyway. One chunk too many is
   * taken, so that who is merely impatient can be told.
   */
  #guard(): void {
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
    this.#receiver = nobody;
    receiver.ended();
  }
}
