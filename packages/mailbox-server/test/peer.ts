import { once } from "node:events";
import { type ClientOptions, WebSocket } from "ws";
import type { JsonObject, JsonValue } from "../src/index.ts";

/** A message of the server, as it came. */
export type Frame = JsonObject;

/** A real WebSocket client that says what it is told and keeps what it hears. */
export class Peer {
  readonly websocket: WebSocket;
  /** Resolves with the WebSocket close code. */
  readonly closed: Promise<number>;
  #heard: Frame[] = [];
  #barriers = 0;
  #wake = () => {};

  constructor(url: string, options: ClientOptions = {}) {
    this.websocket = new WebSocket(url, options);
    this.closed = new Promise((resolve) => this.websocket.on("close", resolve));
    this.websocket.on("close", () => this.#wake());
    this.websocket.on("error", () => {});
    this.websocket.on("message", (data, isBinary) => {
      if (isBinary) throw new Error("the server must send text frames");
      this.#heard.push(JSON.parse((data as Buffer).toString()) as Frame);
      this.#wake();
    });
  }

  static async connect(url: string, options: ClientOptions = {}): Promise<Peer> {
    const peer = new Peer(url, options);
    await once(peer.websocket, "open");
    return peer;
  }

  /** Connected, welcomed and bound. */
  static async bound(url: string, side: string, appid = "app", options: ClientOptions = {}): Promise<Peer> {
    const peer = await Peer.connect(url, options);
    await peer.ask({ type: "bind", appid, side });
    return peer;
  }

  say(message: JsonValue): void {
    this.websocket.send(JSON.stringify(message));
  }

  /** Says something, and gives all that came until the server had dealt with it. */
  async ask(message: JsonValue): Promise<Frame[]> {
    this.say(message);
    return await this.settled();
  }

  /** The last thing that came for a message, without the time: the answer, for most commands. */
  async answer(message: JsonValue): Promise<Frame | undefined> {
    const last = (await this.ask(message)).at(-1);
    return last && withoutTime(last);
  }

  /** The text in a field of the answer. */
  async told(message: JsonValue, name: string): Promise<string> {
    return textIn(await this.answer(message), name);
  }

  /** All that has come, once the server has dealt with all that was said. */
  async settled(): Promise<Frame[]> {
    const barrier = `barrier-${++this.#barriers}`;
    this.say({ type: "ping", ping: barrier, id: barrier });
    await this.heard((frame) => frame.type === "pong" && frame.pong === barrier);
    const frames = this.#heard.filter((frame) => frame.id !== barrier && frame.pong !== barrier);
    this.#heard = [];
    return frames;
  }

  /** Waits for a message of that kind, and leaves it where it is. */
  async heard(wanted: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.#heard.find(wanted);
      if (found) return found;
      if (this.websocket.readyState !== WebSocket.OPEN) throw new Error("the connection is closed");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Waits for the next message, whatever it is, and takes it. */
  async next(): Promise<Frame> {
    await this.heard(() => true);
    return this.#heard.shift() ?? {};
  }

  async close(): Promise<void> {
    this.websocket.close();
    await this.closed;
  }
}

export function withoutTime(frame: Frame): Frame {
  return Object.fromEntries(Object.entries(frame).filter(([name]) => !/^server_[tr]x$/.test(name)));
}

/** The text in a field of a message. */
export function textIn(frame: Frame | undefined, name: string): string {
  const value = frame?.[name];
  if (typeof value !== "string") throw new Error(`no text in '${name}' of ${JSON.stringify(frame)}`);
  return value;
}
