/** Message sockets by the package `ws`, with deadlines and regular checks that the server is still there. */
import type { IncomingMessage } from "node:http";
import type { RawData, WebSocket } from "ws";
import type { StreamNetwork } from "./connection.ts";
import type { MessageSocket, MessageSocketEvents, OpenMessageSocket, SocketEnd } from "./message-socket.ts";
import { dialler } from "./websocket-dialler.node.ts";
import { errorText, socketFailure } from "./websocket-failure.node.ts";

/** The largest message that is accepted. A mailbox server relays nothing near it. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** Time for name resolution, TCP, TLS and HTTP together. A usable network does not need more. */
const OPEN_DEADLINE_MS = 10_000;
/** Time between two pings. They also keep routers from forgetting the connection. */
const PING_INTERVAL_MS = 25_000;
/** If a ping is not answered within this time, the server counts as lost. */
const PONG_DEADLINE_MS = 20_000;
/**
 * The same for {@link MessageSocket.probe}. It is enough for the largest message on a slow line, which may arrive before
 * the answer.
 */
const PROBE_DEADLINE_MS = 10_000;
/** Time for the server's part of a polite close. */
const CLOSE_DEADLINE_MS = 2_000;

/** How the connections that carry WebSockets are opened. */
interface WebSocketOptions {
  /** Opens the connections. Default: Node's own TCP. */
  readonly network?: StreamNetwork;
  /** Milliseconds within which a server must have answered. */
  readonly openDeadline: number;
}

/** WebSockets over Node's own TCP. The package `ws` is loaded when the first one is opened. */
export const openWebSocket = webSockets({ openDeadline: OPEN_DEADLINE_MS });

/** WebSockets over a given network, or over Node's own TCP. */
export function webSockets(options: WebSocketOptions): OpenMessageSocket {
  return (url, events) => {
    const socket = new NodeWebSocket(events, options);
    void socket.open(url);
    return socket;
  };
}

class NodeWebSocket implements MessageSocket {
  readonly #events: MessageSocketEvents;
  readonly #options: WebSocketOptions;
  /** Ends the attempt to connect. */
  readonly #connecting = new AbortController();
  #socket: WebSocket | null = null;
  /** The reason of the end. It is the first failure, because later ones follow from it. */
  #reason: SocketEnd | null = null;
  #over = false;
  #probing = false;
  #deadline: NodeJS.Timeout | undefined;
  #nextPing: NodeJS.Timeout | undefined;

  constructor(events: MessageSocketEvents, options: WebSocketOptions) {
    this.#events = events;
    this.#options = options;
  }

  async open(url: string): Promise<void> {
    const { WebSocket } = await import("ws");
    if (this.#over) return;
    const { network, openDeadline } = this.#options;
    try {
      if (!/^wss?:\/\//i.test(url)) throw new SyntaxError("the address must begin with ws:// or wss://");
      const own = network && { createConnection: dialler(network, url, this.#connecting.signal) };
      this.#socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: MAX_MESSAGE_BYTES, ...own });
    } catch (error) {
      this.#blame({ failure: "bad-url", detail: (error as Error).message, cause: error });
      this.#end();
      return;
    }
    this.#limit(openDeadline, { failure: "timeout", detail: "the server did not answer" });
    this.#socket
      .on("open", () => this.#opened())
      .on("message", (data, isBinary) => this.#received(data, isBinary))
      .on("pong", () => this.#answered())
      .on("unexpected-response", (_, response) => this.#refused(response))
      .on("error", (error) => this.#blame({ failure: socketFailure(error), detail: errorText(error), cause: error }))
      .on("close", (code, reason) => {
        this.#blame({ failure: "closed", detail: reason.toString() || `the connection was closed with code ${code}` });
        this.#end();
      });
  }

  send(text: string): void {
    if (this.#socket?.readyState === this.#socket?.OPEN) this.#socket?.send(text);
  }

  /** While a probe is under way, another one does not extend its deadline. */
  probe(): void {
    if (this.#probing || this.#reason !== null || this.#socket?.readyState !== this.#socket?.OPEN) return;
    this.#probing = true;
    this.#ask(PROBE_DEADLINE_MS);
  }

  close(): void {
    this.#blame({ failure: "closed", detail: "closed by us" });
    if (this.#socket === null) queueMicrotask(() => this.#end());
    else this.#socket.close(1000);
    this.#limit(CLOSE_DEADLINE_MS, { failure: "closed", detail: "closed by us" });
  }

  #opened(): void {
    this.#answered();
    this.#events.opened();
  }

  /** Binary messages are not part of the protocol and are ignored. By default, `ws` also passes texts as Buffers. */
  #received(data: RawData, isBinary: boolean): void {
    if (!isBinary && this.#reason === null) this.#events.received((data as Buffer).toString());
  }

  /** Handles an ordinary HTTP response, from a web server or from the log-in page of a network. */
  #refused({ statusCode, statusMessage }: IncomingMessage): void {
    this.#blame({ failure: "not-a-mailbox-server", detail: `HTTP ${statusCode} ${statusMessage}` });
    this.#socket?.terminate();
  }

  /** The server has answered. After a while, it is asked again, and dropped if it does not answer. */
  #answered(): void {
    this.#probing = false;
    clearTimeout(this.#deadline);
    clearTimeout(this.#nextPing);
    if (this.#over || this.#reason !== null) return;
    this.#nextPing = setTimeout(() => this.#ask(PONG_DEADLINE_MS), PING_INTERVAL_MS);
  }

  #ask(milliseconds: number): void {
    clearTimeout(this.#nextPing);
    this.#socket?.ping();
    this.#limit(milliseconds, { failure: "timeout", detail: "the server no longer answers" });
  }

  /** Drops the connection after some time, for `reason`, unless {@link #answered} or {@link #limit} is called before. */
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
    this.#connecting.abort();
    clearTimeout(this.#deadline);
    clearTimeout(this.#nextPing);
    this.#events.closed(this.#reason ?? { failure: "other", detail: "" });
  }
}
