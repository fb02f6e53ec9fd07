import type { IncomingMessage } from "node:http";
import type { RawData, WebSocket } from "ws";
import type { StreamNetwork } from "./connection.ts";
import type { MessageSocket, MessageSocketEvents, OpenMessageSocket, SocketEnd } from "./message-socket.ts";
import { dialler } from "./websocket-dialler.node.ts";
import { errorText, socketFailure } from "./websocket-failure.node.ts";

/** The largest message we take, bytes: a mailbox server relays nothing near it. */
const MAX_MESSAGE = 1024 * 1024;
/** Milliseconds for name, TCP, TLS and HTTP together: no network that is worth waiting for needs more. */
const OPEN_DEADLINE = 10_000;
/** We ask this often whether the server is still there, which also keeps routers from forgetting us. */
const PING_INTERVAL = 25_000;
/** A server that has not answered by then is gone. */
const PONG_DEADLINE = 20_000;
/** The same, where somebody waits for it: long enough for the largest message on a slow line, which may be before us. */
const PROBE_DEADLINE = 10_000;
/** For the server's part of a polite end. */
const CLOSE_DEADLINE = 2_000;

/** How the connections below WebSockets are made. */
interface Ways {
  /** Absent: as Node makes them. */
  readonly network?: StreamNetwork;
  /** Milliseconds until a server must have answered. */
  readonly openDeadline: number;
}

/** WebSockets by `ws`, which is loaded when the first one is opened. */
export const openWebSocket = webSockets({ openDeadline: OPEN_DEADLINE });

/** WebSockets over connections that we are given, or over Node's own. */
export function webSockets(ways: Ways): OpenMessageSocket {
  return (url, events) => {
    const socket = new NodeWebSocket(events, ways);
    void socket.open(url);
    return socket;
  };
}

class NodeWebSocket implements MessageSocket {
  readonly #events: MessageSocketEvents;
  readonly #ways: Ways;
  /** Ends the attempt to connect. */
  readonly #abandon = new AbortController();
  #socket: WebSocket | null = null;
  /** The first thing that went wrong is the reason; others only follow from it. */
  #reason: SocketEnd | null = null;
  #over = false;
  #probing = false;
  #deadline: NodeJS.Timeout | undefined;
  #nextPing: NodeJS.Timeout | undefined;

  constructor(events: MessageSocketEvents, ways: Ways) {
    this.#events = events;
    this.#ways = ways;
  }

  async open(url: string): Promise<void> {
    const { WebSocket } = await import("ws");
    if (this.#over) return;
    const { network, openDeadline } = this.#ways;
    try {
      if (!/^wss?:\/\//i.test(url)) throw new SyntaxError("the address must begin with ws:// or wss://");
      const own = network && { createConnection: dialler(network, url, this.#abandon.signal) };
      this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE, ...own });
    } catch (error) {
      this.#blame({ failure: "bad-url", detail: (error as Error).message });
      this.#end();
      return;
    }
    this.#limit(openDeadline, { failure: "timeout", detail: "the server did not answer" });
    this.#socket
      .on("open", () => this.#opened())
      .on("message", (data, isBinary) => this.#received(data, isBinary))
      .on("pong", () => this.#answered())
      .on("unexpected-response", (_, response) => this.#refused(response))
      .on("error", (error) => this.#blame({ failure: socketFailure(error), detail: errorText(error) }))
      .on("close", (code, reason) => {
        this.#blame({ failure: "closed", detail: reason.toString() || `the connection was closed with code ${code}` });
        this.#end();
      });
  }

  send(text: string): void {
    if (this.#socket?.readyState === this.#socket?.OPEN) this.#socket?.send(text);
  }

  /** Whoever asks again does not get an answer later. */
  probe(): void {
    if (this.#probing || this.#reason !== null || this.#socket?.readyState !== this.#socket?.OPEN) return;
    this.#probing = true;
    this.#ask(PROBE_DEADLINE);
  }

  close(): void {
    this.#blame({ failure: "closed", detail: "closed by us" });
    if (this.#socket === null) queueMicrotask(() => this.#end());
    else this.#socket.close(1000);
    this.#limit(CLOSE_DEADLINE, { failure: "closed", detail: "closed by us" });
  }

  #opened(): void {
    this.#answered();
    this.#events.opened();
  }

  /** Text is the protocol; a binary message is not, and is ignored. `ws` gives both as Buffers unless told otherwise. */
  #received(data: RawData, isBinary: boolean): void {
    if (!isBinary && this.#reason === null) this.#events.received((data as Buffer).toString());
  }

  /** Any HTTP answer but the switch of protocols: a web server, or somebody's log-in page in between. */
  #refused({ statusCode, statusMessage }: IncomingMessage): void {
    this.#blame({ failure: "not-a-mailbox-server", detail: `HTTP ${statusCode} ${statusMessage}` });
    this.#socket?.terminate();
  }

  /** The server is there: ask again after a while, and give up if no answer comes. */
  #answered(): void {
    this.#probing = false;
    clearTimeout(this.#deadline);
    clearTimeout(this.#nextPing);
    if (this.#over || this.#reason !== null) return;
    this.#nextPing = setTimeout(() => this.#ask(PONG_DEADLINE), PING_INTERVAL);
  }

  #ask(milliseconds: number): void {
    clearTimeout(this.#nextPing);
    this.#socket?.ping();
    this.#limit(milliseconds, { failure: "timeout", detail: "the server no longer answers" });
  }

  /** Drops the connection for a reason, unless something stops the clock before. */
  #limit(milliseconds: number, reason: SocketEnd): void {
    clearTimeout(this.#deadline);
    if (this.#over) return;
    this.#deadline = setTimeout(() => {
      this.#blame(reason);
      this.#socket?.terminate();
    }, milliseconds);
  }

  #blame(reason: SocketEnd): void {
    this.#reason ??= reason;
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#abandon.abort();
    clearTimeout(this.#deadline);
    clearTimeout(this.#nextPing);
    this.#events.closed(this.#reason ?? { failure: "other", detail: "" });
  }
}
