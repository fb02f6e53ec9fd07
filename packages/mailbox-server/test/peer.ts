/** A real WebSocket client of the mailbox server, for tests. */
import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import type { JsonObject, JsonValue } from "../src/index.ts";

/** A message of the server. */
export type Frame = JsonObject;

/** One connection, which sends the messages of the test and keeps what arrives. */
export class Peer {
  readonly websocket: WebSocket;
  /** Resolves with the WebSocket close code. */
  readonly closed: Promise<number>;
  #received: Frame[] = [];
  #barriers = 0;
  /** Makes {@link arrived} check again. */
  #wake = () => {};

  constructor(url: string, options: ClientOptions = {}) {
    this.websocket = new WebSocket(url, options);
    this.closed = new Promise((resolve) => this.websocket.on("close", resolve));
    this.websocket.on("close", () => this.#wake());
    this.websocket.on("error", () => {});
    this.websocket.on("message", (data, isBinary) => {
      if (isBinary) throw new Error("the server must send text frames");
      this.#received.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.#wake();
    });
  }

  static async connect(url: string, options: ClientOptions = {}): Promise<Peer> {
    const peer = new Peer(url, options);
    await once(peer.websocket, "open");
    return peer;
  }

  /** A connection that is welcomed and bound. */
  static async bound(url: string, side: string, appid = "app", options: ClientOptions = {}): Promise<Peer> {
    const peer = await Peer.connect(url, options);
    await peer.ask({ type: "bind", appid, side });
    return peer;
  }

  send(message: JsonValue): void {
    this.websocket.send(JSON.stringify(message));
  }

  /** Sends a message, and resolves with all that arrives until the server has processed it. */
  async ask(message: JsonValue): Promise<Frame[]> {
    this.send(message);
    return await this.settled();
  }

  /**
   * Sends a message, and resolves with the last frame that it causes, without its time. For most commands this is the
   * answer.
   */
  async answer(message: JsonValue): Promise<Frame | undefined> {
    const last = (await this.ask(message)).at(-1);
    return last && withoutTime(last);
  }

  /** Sends a message, and resolves with the text in a field of the answer. */
  async answerText(message: JsonValue, name: string): Promise<string> {
    return textIn(await this.answer(message), name);
  }

  /** Resolves with all that has arrived, once the server has processed all that was sent. */
  async settled(): Promise<Frame[]> {
    const barrier = `barrier-${++this.#barriers}`;
    this.send({ type: "ping", ping: barrier, id: barrier });
    await this.arrived((frame) => frame.type === "pong" && frame.pong === barrier);
    const frames = this.#received.filter((frame) => frame.id !== barrier && frame.pong !== barrier);
    this.#received = [];
    return frames;
  }

  /** Waits for a message, and leaves it in the queue. */
  async arrived(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.#received.find(wanted);
      if (found) return found;
      if (this.websocket.readyState !== WebSocket.OPEN) throw new Error("the connection is closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for the next message, and removes it from the queue. */
  async next(): Promise<Frame> {
    await this.arrived(() => true);
    return this.#received.shift() ?? {};
  }

  async close(): Promise<void> {
    this.websocket.close();
    await this.closed;
  }
}

/** A message without `server_tx` and `server_rx`. */
export function withoutTime(frame: Frame): Frame {
  return Object.fromEntries(Object.entries(frame).filter(([name]) => !/^server_[tr]x$/.test(name)));
}

/** The text in a field of a message. Throws if the field has no text. */
export function textIn(frame: Frame | undefined, name: string): string {
  const value = frame?.[name];
  if (typeof value !== "string") throw new Error(`no text in '${name}' of ${JSON.stringify(frame)}`);
  return value;
}
