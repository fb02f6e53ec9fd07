/** The server's face to the network: HTTP, WebSocket at `/v1`, keep-alive, and bounds on clients that do not read. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { addressOf } from "./address.ts";
import { Client } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { Hub } from "./hub.ts";
import * as limits from "./limits.ts";

export interface FaceOptions {
  readonly hub: Hub;
  readonly clock: Clock;
  /** Whether a proxy in front says where clients come from. */
  readonly trustProxy: boolean;
}

export class WebSocketFace {
  readonly http: Server;
  readonly #options: FaceOptions;
  readonly #websockets: WebSocketServer;
  readonly #clients = new Set<Client>();
  readonly #watch: { stop(): void };

  constructor(options: FaceOptions) {
    this.#options = options;
    this.#websockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.MAX_MESSAGE,
      perMessageDeflate: false,
    });
    this.http = createServer(HTTP_OPTIONS, answer);
    this.http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#watch = options.clock.every(limits.WATCH_EVERY, () => this.#watchClients());
  }

  /** Takes no new connections, says goodbye to the clients, and ends. */
  async close(): Promise<void> {
    this.#watch.stop();
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    for (const client of this.#clients) client.goodbye();
    this.http.closeIdleConnections();
    const deadline = setTimeout(() => this.#endNow(), limits.CLOSE_DEADLINE * 1000);
    await closed;
    clearTimeout(deadline);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isMailboxPath(request.url)) {
      socket.on("error", () => socket.destroy());
      socket.end("HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    const { hub, clock, trustProxy } = this.#options;
    this.#websockets.handleUpgrade(request, socket, head, (websocket) => {
      const client = new Client(websocket, socket, hub, clock, addressOf(request, trustProxy));
      this.#clients.add(client);
      websocket.on("close", () => this.#clients.delete(client));
    });
  }

  #watchClients(): void {
    for (const client of this.#clients) client.watch();
  }

  #endNow(): void {
    for (const client of this.#clients) client.drop("stopping");
    this.http.closeAllConnections();
  }
}

const HTTP_OPTIONS = {
  noDelay: true,
  maxHeaderSize: limits.MAX_HEADERS,
  headersTimeout: limits.REQUEST_DEADLINE * 1000,
  requestTimeout: limits.REQUEST_DEADLINE * 1000,
  connectionsCheckingInterval: (limits.REQUEST_DEADLINE * 1000) / 2,
};

function isMailboxPath(url: string | undefined): boolean {
  const path = url?.split("?", 1)[0];
  return path === "/v1" || path === "/v1/";
}

/** Answers plain HTTP: people look here, and health checks. */
function answer(request: IncomingMessage, response: ServerResponse): void {
  const say = (status: number, text: string) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(`${text}\n`);
  };
  if (request.url === "/") say(200, "Magic Wormhole mailbox server. Clients connect to /v1 by WebSocket.");
  else if (isMailboxPath(request.url)) say(426, "This address is for WebSocket connections.");
  else say(404, "There is nothing here.");
}
