/** Clients of a relay as the tests need them: over TCP or WebSocket, they keep all that they hear. */
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { WebSocket } from "ws";
import type { TransitRelay } from "../src/index.ts";

export type Transport = "tcp" | "ws";

/** Where a relay can be reached, in this process or another. */
export type Ports = Pick<TransitRelay, "port" | "websocketUrl">;

/** What a client heard, as latin-1 text, since it was asked last. */
export interface Heard {
  bytes?: string;
  messages?: string[];
  closed_by_relay_or_done?: true;
  ws_code?: number;
}

export abstract class TestClient {
  /** All chunks or messages since they were last taken. */
  protected chunks: Uint8Array[] = [];
  protected ended = false;
  #toldOfEnd = false;
  readonly #changes = new EventEmitter().setMaxListeners(0);

  /** Resolves when the bytes were handed to the system. Does nothing after the end. */
  abstract send(bytes: Uint8Array | string, frame?: string): Promise<void>;
  abstract halfClose(): void;
  abstract close(): void;
  abstract pause(): void;
  abstract resume(): void;
  protected abstract show(chunks: Uint8Array[]): Heard;
  protected abstract showEnd(): Heard;

  get isClosed(): boolean {
    return this.ended;
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }

  takeBytes(): Uint8Array {
    return Buffer.concat(this.chunks.splice(0));
  }

  take(): Heard {
    const heard = this.chunks.length > 0 ? this.show(this.chunks.splice(0)) : {};
    if (!this.ended || this.#toldOfEnd) return heard;
    this.#toldOfEnd = true;
    return { ...heard, closed_by_relay_or_done: true, ...this.showEnd() };
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(this.#changes, "change");
  }

  untilClosed(): Promise<void> {
    return this.until(() => this.ended);
  }

  /** Waits for exactly this text, and takes it. */
  async expect(text: string): Promise<void> {
    await this.until(() => this.text.length >= text.length || this.ended);
    const heard = this.text;
    this.chunks = [];
    if (heard !== text) throw new Error(`heard ${JSON.stringify(heard)}, not ${JSON.stringify(text)}`);
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

  protected show(chunks: Uint8Array[]): Heard {
    return { bytes: Buffer.concat(chunks).toString("latin1") };
  }

  protected showEnd(): Heard {
    return {};
  }
}

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

  protected show(chunks: Uint8Array[]): Heard {
    return { messages: chunks.map((chunk) => Buffer.from(chunk).toString("latin1")) };
  }

  protected showEnd(): Heard {
    return { ws_code: this.#code };
  }
}

export function open(relay: Ports, transport: Transport): Promise<TestClient> {
  return transport === "tcp" ? TcpTestClient.open(relay) : WebSocketTestClient.open(relay);
}

let tokens = 0;

/** A token that no other test uses. */
export function newToken(): string {
  return String(++tokens).padStart(64, "T");
}

export function line(token: string, side?: string): string {
  return side === undefined ? `please relay ${token}\n` : `please relay ${token} for side ${side.padEnd(16, "_")}\n`;
}

/** Two clients that were told `ok`. */
export async function openPair(relay: Ports, a: Transport = "tcp", b: Transport = "tcp") {
  const token = newToken();
  const pair = [await open(relay, a), await open(relay, b)] as const;
  await pair[0].send(line(token, "a"));
  await pair[1].send(line(token, "b"));
  await Promise.all(pair.map((client) => client.expect("ok\n")));
  return pair;
}

/**
 * Resolves when the relay has dealt with all that was sent before, and its answers have come: everything here is one
 * event loop and loopback, so what was sent later and has come back tells of what was sent earlier.
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
