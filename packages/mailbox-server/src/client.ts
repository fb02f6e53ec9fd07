import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { Clock } from "./clock.ts";
import type { Connection, Hub, Link } from "./hub.ts";
import * as limits from "./limits.ts";
import type { Address } from "./messages.ts";

/** WebSocket close codes: the server is stopping; the client is at fault; come back later. */
const CLOSING = { stopping: 1001, "too slow": 1008, trouble: 1013 } as const;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * One client's WebSocket. While it does not take what it is sent, nothing more is read from it: a client that asks and
 * never reads fills its own buffers, not ours.
 */
export class Client implements Link {
  readonly #websocket: WebSocket;
  readonly #socket: Duplex;
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #connection: Connection;
  #heard: number;
  #pinged = 0;
  /** Since when something waits to be taken. */
  #stuckSince: number | undefined;

  constructor(websocket: WebSocket, socket: Duplex, hub: Hub, clock: Clock, address: Address) {
    this.#websocket = websocket;
    this.#socket = socket;
    this.#hub = hub;
    this.#clock = clock;
    this.#heard = clock.steady();
    this.#connection = hub.connect(this, address);
    websocket.on("message", (data, isBinary) => this.#receive(data as Buffer, isBinary));
    websocket.on("ping", () => this.#hear());
    websocket.on("pong", () => this.#hear());
    websocket.on("close", () => hub.disconnect(this.#connection));
    // A fault of framing or of the network: "close" follows, and that is where it is dealt with.
    websocket.on("error", () => {});
    socket.on("drain", () => this.#drained());
  }

  send(texts: readonly string[]): boolean {
    this.#socket.cork();
    for (const text of texts) this.#websocket.send(text);
    this.#socket.uncork();
    if (!this.#socket.writableNeedDrain) return true;
    this.#stuckSince ??= this.#clock.steady();
    this.#websocket.pause();
    return false;
  }

  backlog(): number {
    return this.#socket.writableLength;
  }

  drop(reason: keyof typeof CLOSING): void {
    // The goodbye leaves only if there is room for it; nothing waits for it.
    if (this.backlog() === 0) this.#websocket.close(CLOSING[reason], reason);
    this.#websocket.terminate();
  }

  /** Asks the client to go, in the way that the protocol of WebSocket foresees. */
  goodbye(): void {
    this.#websocket.resume();
    this.#websocket.close(CLOSING.stopping, "the server is stopping");
  }

  /** Looks after a connection that is silent, or stuck. */
  watch(): void {
    const now = this.#clock.steady();
    if (now - (this.#stuckSince ?? now) > limits.STUCK) return this.drop("too slow");
    if (now - this.#heard > limits.DROP_AFTER) return this.#websocket.terminate();
    const quiet = now - Math.max(this.#heard, this.#pinged);
    if (quiet < limits.PING_AFTER) return;
    this.#pinged = now;
    this.#websocket.ping();
  }

  #receive(data: Buffer, isBinary: boolean): void {
    this.#hear();
    this.#hub.receive(this.#connection, isBinary ? decoded(data) : data.toString());
  }

  #hear(): void {
    this.#heard = this.#clock.steady();
  }

  #drained(): void {
    this.#stuckSince = undefined;
    this.#websocket.resume();
    this.#hub.ready(this.#connection);
  }
}

/** The text in a binary message. What is not UTF-8 becomes the empty text, which is not JSON either. */
function decoded(data: Buffer): string {
  try {
    return utf8.decode(data);
  } catch {
    return "";
  }
}
