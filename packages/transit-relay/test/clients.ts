/** Clients of a relay for tests, over TCP or WebSocket. They keep everything that they receive. */
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { TransitRelay } from "../src/index.ts";

/** The protocol over which a client connects. */
export type Transport = "tcp" | "ws";

/** The ports of a relay, in this process or another. */
export type Ports = Pick<TransitRelay, "port" | "websocketUrl">;

/** The data that a client received since the last take, as latin-1 text. The names are those of the recorded cases. */
export interface Received {
  bytes?: string;
  messages?: string[];
  closed_by_relay_or_done?: true;
  ws_code?: number;
}

/** A client over either transport. */
export abstract class TestClient {
  /** The chunks or messages since the last take. */
  protected chunks: Uint8Array[] = [];
  protected ended = false;
  #reportedEnd = false;
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** Resolves when the operating system has the bytes. Does nothing after the end. */
  abstract send(bytes: Uint8Array | string, frame?: string): Promise<void>;
  abstract halfClose(): void;
  abstract close(): void;
  abstract pause(): void;
  abstract resume(): void;
  protected abstract show(chunks: Uint8Array[]): Received;
  protected abstract showEnd(): Received;

  get isClosed(): boolean {
    return this.ended;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  takeBytes(): Uint8Array {
    return Buffer.concat(this.chunks.splice(0));
  }

  take(): Received {
    const received = this.chunks.length > 0 ? this.show(this.chunks.splice(0)) : {};
    if (!this.ended || this.#reportedEnd) return received;
    this.#reportedEnd = true;
    return { ...received, closed_by_relay_or_done: true, ...this.showEnd() };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#changes, "change");
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.ended);
  }

  /** Waits for exactly this text, and removes it from what was received. */
  async expect(text: string): Promise<void> {
    await this.until(() => this.text.length >= text.length || this.ended);
    const received = this.text;
    this.chunks = [];
    if (received !== text) throw new Error(`received ${JSON.stringify(received)}, not ${JSON.stringify(text)}`);
  }

  protected received(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.#changes.emit("change");
  }

  protected finished(): void {
    this.ended = true;
    this.#changes.emit("change");
  }
}

/** A TCP client. */
export class TcpTestClient extends TestClient {
  readonly socket: Socket;

  static async open(relay: Ports): Promise<TcpTestClient> {
    const socket = connect({ port: relay.port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new TcpTestClient(socket);
  }

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on("data", (chunk) => this.received(chunk));
    socket.on("end", () => this.finished());
    socket.on("error", () => {});
    socket.on("close", () => this.finished());
  }

  send(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    return new Promise((resolve) => this.socket.write(data, () => resolve()));
  }

  halfClose(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.socket.resume();
  }

  protected show(chunks: Uint8Array[]): Received {
    return { bytes: Buffer.concat(chunks).toString("latin1") };
  }

  protected showEnd(): Received {
    return {};
  }
}

/** A WebSocket client. */
export class WebSocketTestClient extends TestClient {
  readonly ws: WebSocket;
  #code = 0;

  static async open(relay: Ports): Promise<WebSocketTestClient> {
    const ws = new WebSocket(relay.websocketUrl ?? "", { perMessageDeflate: false });
    await once(ws, "open");
    return new WebSocketTestClient(ws);
  }

  constructor(ws: WebSocket) {
    super();
    this.ws = ws;
    ws.on("message", (message) => this.received(message as Buffer));
    ws.on("error", () => {});
    ws.on("close", (code) => {
      this.#code = code;
      this.finished();
    });
  }

  send(bytes: Uint8Array | string, frame = "binary"): Promise<void> {
    const data = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    return new Promise((resolve) => this.ws.send(data, { binary: frame === "binary" }, () => resolve()));
  }

  halfClose(): void {
    this.close();
  }

  close(): void {
    this.ws.close(1000);
  }

  pause(): void {
    this.ws.pause();
  }

  resume(): void {
    this.ws.resume();
  }

  protected show(chunks: Uint8Array[]): Received {
    return { messages: chunks.map((chunk) => Buffer.from(chunk).toString("latin1")) };
  }

  protected showEnd(): Received {
    return { ws_code: this.#code };
  }
}

/** Connects a client. */
export function open(relay: Ports, transport: Transport): Promise<TestClient> {
  return transport === "tcp" ? TcpTestClient.open(relay) : WebSocketTestClient.open(relay);
}

let tokens = 0;

/** A token that no other test uses. */
export function newToken(): string {
  return String(++tokens).padStart(64, "T");
}

/** The handshake line of a client. */
export function line(token: string, side?: string): string {
  return side === undefined ? `please relay ${token}\n` : `please relay ${token} for side ${side.padEnd(16, "_")}\n`;
}

/** Two clients that are paired: both have received `ok`. */
export async function openPair(relay: Ports, a: Transport = "tcp", b: Transport = "tcp") {
  const token = newToken();
  const pair = [await open(relay, a), await open(relay, b)] as const;
  await pair[0].send(line(token, "a"));
  await pair[1].send(line(token, "b"));
  await Promise.all(pair.map((client) => client.expect("ok\n")));
  return pair;
}

/**
 * Resolves when the relay has processed all that was sent before, and its answers have arrived. Everything here runs in
 * one event loop over loopback, so a later round trip proves that earlier bytes have arrived.
 */
export async function settled(relay: Ports): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const [a, b] = await openPair(relay);
    await a.send("there");
    await b.expect("there");
    await b.send("back");
    await a.expect("back");
    a.close();
    await b.untilClosed();
  }
}
