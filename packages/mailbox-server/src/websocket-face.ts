/** The server's face to the network: HTTP, and WebSockets at `/v1`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { type Clock, every, type Timer } from "../../internal/src/clock.ts";
import { addressOf } from "./client-address.ts";
import { ClientSocket } from "./client-socket.ts";
import type { Hub } from "./hub.ts";
import * as limits from "./limits.ts";

/** The parts of a server that its face uses. */
export interface FaceOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** Whether a proxy in front reports the addresses of clients. */
  readonly trustProxy: boolean;
}

/** Accepts clients, and hands their messages to the hub. Its `http` server is not listening yet. */
export class WebSocketFace {
  readonly http: Server;
  readonly #options: FaceOptions;
  readonly #websockets: WebSocketServer;
  readonly #clients = new Set<ClientSocket>();
  readonly #healthCheck: Timer;

  constructor(options: FaceOptions) {
    this.#options = options;
    this.#websockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.MAX_MESSAGE_BYTES,
      perMessageDeflate: false,
    });
    this.http = createServer(HTTP_OPTIONS, answer);
    this.http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#healthCheck = every(options.clock, limits.HEALTH_CHECK_MS, () => {
      for (const client of this.#clients) client.checkHealth();
    });
  }

  /** Stops listening, and closes all connections; those of clients that do not answer are cut after a deadline. */
  async close(): Promise<void> {
    this.#healthCheck.cancel();
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const client of this.#clients) client.startClosing();
    this.http.closeIdleConnections();
    const deadline = this.#options.clock.after(limits.CLOSE_DEADLINE_MS, () => this.#cutAll());
    await closed;
    deadline.cancel();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isMailboxPath(request.url)) {
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const { hub, clock, trustProxy } = this.#options;
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      const client = new ClientSocket(websocket, socket, hub, clock, addressOf(request, trustProxy));
      this.#clients.add(client);
      websocket.on("close", () => this.#clients.delete(client));
    });
  }

  #cutAll(): void {
    for (const client of this.#clients) client.drop("stopping");
    this.http.closeAllConnections();
  }
}

const HTTP_OPTIONS = {
  noDelay: true,
  maxHeaderSize: limits.MAX_HEADER_BYTES,
  headersTimeout: limits.REQUEST_DEADLINE_MS,
  requestTimeout: limits.REQUEST_DEADLINE_MS,
  connectionsCheckingInterval: limits.REQUEST_DEADLINE_MS / 2,
};

function isMailboxPath(url: string | undefined): boolean {
  const path = url?.split("?", 1)[0];
  return path === "/v1" || path === "/v1/";
}

/** Answers plain HTTP, which people and health checks use. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const reply = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  };
  if (request.url === "/") reply(200, "Magic Wormhole mailbox server. Clients connect to /v1 by WebSocket.");
  else if (isMailboxPath(request.url)) reply(426, "This address is for WebSocket connections.");
  else reply(404, "Not found.");
}
