/** One client's WebSocket, with keep-alive and bounds on a client that does not read. */
import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { Clock } from "../../internal/src/clock.ts";
import type { Client, DropReason, Hub, MessageSocket } from "./hub.ts";
import * as limits from "./limits.ts";
import type { ClientAddress } from "./messages.ts";

/** The WebSocket close code for each reason to end a connection. */
const CLOSE_CODES: Readonly<Record<DropReason, number>> = { stopping: 1001, "too slow": 1008, "store failed": 1013 };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * The driver of one client's WebSocket.
 *
 * While the client does not read, nothing more is read from it. So a client that asks and never reads fills its own
 * buffers, not those of the server.
 */
export class ClientSocket implements MessageSocket {
  readonly #websocket: WebSocket;
  readonly #socket: Duplex;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #client: Client;
  /** When the client last sent anything, by the clock. */
  #lastReceived: number;
  #lastPing = 0;
  /** Since when the socket has been full, by the clock; undefined if it is not. */
  #fullSince: number | undefined;

  constructor(websocket: WebSocket, socket: Duplex, hub: Hub, clock: Clock, address: ClientAddress) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.#hub = hub;
    this.#clock = clock;
    this.#lastReceived = clock.now();
    this.#client = hub.connect(this, address);
    websocket.on("message", (data, isBinary) => this.#receive(data, isBinary));
    websocket.on("ping", () => this.#noteActivity());
    websocket.on("pong", () => this.#noteActivity());
    websocket.on("close", () => hub.disconnect(this.#client));
    // A fault of framing or of the network. "close" follows and is handled.
    websocket.on("error", () => {});
    socket.on("drain", () => this.#drained());
  }

  send(texts: readonly string[]): boolean {
    this.#socket.cork();
    for (const text of texts) this.#websocket.send(text);
    this.#socket.uncork();
    if (!this.#socket.writableNeedDrain) return true;
    this.#fullSince ??= this.#clock.now();
    this.#websocket.pause();
    return false;
  }

  backlog(): number {
    return this.#socket.writableLength;
  }

  drop(reason: DropReason): void {
    // The close frame is sent only if it can leave at once; the server does not wait for it.
    if (this.backlog() === 0) this.#websocket.close(CLOSE_CODES[reason], reason);
    this.#websocket.terminate();
  }

  /** Starts the closing handshake of WebSocket, because the server is stopping. */
  startClosing(): void {
    this.#websocket.resume();
    this.#websocket.close(CLOSE_CODES.stopping, "the server is stopping");
  }

  /** Pings a silent client, and drops one that is gone or does not read. To be called every few seconds. */
  checkHealth(): void {
    const now = this.#clock.now();
    if (now - (this.#fullSince ?? now) > limits.STUCK_MS) return this.drop("too slow");
    if (now - this.#lastReceived > limits.DROP_AFTER_MS) return this.#websocket.terminate();
    const silence = now - Math.max(this.#lastReceived, this.#lastPing);
    if (silence < limits.PING_AFTER_MS) return;
    this.#lastPing = now;
    this.#websocket.ping();
  }

  #receive(data: RawData, isBinary: boolean): void {
    this.#noteActivity();
    const bytes = bytesOf(data);
    this.#hub.receive(this.#client, isBinary ? decoded(bytes) : bytes.toString());
  }

  #noteActivity(): void {
    this.#lastReceived = this.#clock.now();
  }

  #drained(): void {
    this.#fullSince = undefined;
    this.#websocket.resume();
    this.#hub.ready(this.#client);
  }
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return Buffer.isBuffer(data) ? data : Buffer.from(data);
}

/** The text in a binary message. Invalid UTF-8 becomes the empty text, which is invalid JSON, too. */
function decoded(data: Buffer): string {
  try {
    return utf8.decode(data);
  } catch {
    return "";
  }
}
