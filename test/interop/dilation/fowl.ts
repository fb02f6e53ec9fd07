/**
 * Our counterpart of the program fowl: it connects subchannels that the other side's fowl opens to TCP ports of this
 * machine, and the other way round.
 *
 * A subchannel `fowl` begins with the name of a service and an answer, and then carries bytes. On a subchannel
 * `fowl-commands`, one side asks the other to listen. Messages are 2 bytes of length (big-endian) and a map in MessagePack.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import type { Dilated, Subchannel } from "@wormhole-ts/wormhole";
import { decode, encode, type Message } from "./msgpack.ts";

export const FOWL_APP_ID = "meejah.ca/wormhole/forward";
export const FOWL_VERSIONS = { fowl: { features: ["core-v1"] } };

const FORWARD = "fowl";
const COMMANDS = "fowl-commands";
const LENGTH_BYTES = 2;

export function pack(message: Message): Buffer {
  const body = encode(message);
  return Buffer.concat([Buffer.of(body.length >> 8, body.length & 0xff), body]);
}

export class Fowl {
  readonly #dilated: Dilated;
  /** Ports of this machine that the other side may use, by the names of their services. */
  readonly #services = new Map<string, number>();
  /** Servers that the other side has asked for, by the names of its services. */
  readonly #servers = new Map<string, Server>();

  constructor(dilated: Dilated) {
    this.#dilated = dilated;
    void this.#each(FORWARD, (subchannel) => this.#accept(subchannel));
    void this.#each(COMMANDS, (subchannel) => this.#obey(subchannel));
  }

  /**
   * Offers a port of this machine to the other side, and asks it to listen for clients. It listens until the subchannel of
   * the request is closed, which is when the wormhole ends.
   */
  async offer(name: string, port: number): Promise<Message> {
    this.#services.set(name, port);
    const talk = new Talk(await this.#dilated.connector(COMMANDS).connect());
    await talk.say({ kind: "request-listener", "unique-name": name, "listen-port": null });
    return talk.hear();
  }

  /** Returns the local port that leads to the other side's service, or `undefined` before it was asked for. */
  portOf(name: string): number | undefined {
    return (this.#servers.get(name)?.address() as AddressInfo | undefined)?.port;
  }

  close(): void {
    for (const server of this.#servers.values()) server.close();
  }

  async #each(name: string, take: (subchannel: Subchannel) => Promise<void>): Promise<void> {
    for await (const subchannel of this.#dilated.listener(name).listen()) take(subchannel).catch(() => {});
  }

  /** Connects the other side to one of our services. */
  async #accept(subchannel: Subchannel): Promise<void> {
    const talk = new Talk(subchannel);
    const name = String((await talk.hear())["unique-name"]);
    const port = this.#services.get(name);
    try {
      if (port === undefined) throw new Error("Against local policy");
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      await talk.say({ connected: true });
      await forward(socket, talk);
    } catch (error) {
      await talk.say({ connected: false, reason: (error as Error).message });
      await subchannel.close();
    }
  }

  /** Listens at a local port, as the other side asks. */
  async #obey(subchannel: Subchannel): Promise<void> {
    const talk = new Talk(subchannel);
    const name = String((await talk.hear())["unique-name"]);
    const server = createServer((socket) => void this.#connected(socket, name).catch(() => socket.destroy()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.set(name, server);
    await talk.say({ kind: "listener-response", "unique-name": name, listening: true });
    // The port stays in use until the subchannel of the request ends.
    await subchannel.closed.catch(() => {});
    server.close();
  }

  async #connected(socket: Socket, name: string): Promise<void> {
    const talk = new Talk(await this.#dilated.connector(FORWARD).connect());
    await talk.say({ "unique-name": name });
    if ((await talk.hear()).connected !== true) throw new Error("refused");
    await forward(socket, talk);
  }
}

/** A subchannel that begins with messages, and may continue with bytes. */
class Talk {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor({ readable, writable }: Subchannel) {
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
  }

  async say(message: Message): Promise<void> {
    await this.#writer.write(pack(message));
  }

  async hear(): Promise<Message> {
    while (this.#rest.length < LENGTH_BYTES || this.#rest.length < LENGTH_BYTES + this.#rest.readUInt16BE()) {
      const { value } = await this.#reader.read();
      if (value === undefined) throw new Error("the other side has ended the subchannel");
      this.#rest = Buffer.concat([this.#rest, value]);
    }
    const end = LENGTH_BYTES + this.#rest.readUInt16BE();
    const message = decode(this.#rest.subarray(LENGTH_BYTES, end));
    this.#rest = this.#rest.subarray(end);
    return message;
  }

  /** Reads the bytes after the messages. */
  async *bytes(): AsyncIterable<Uint8Array> {
    if (this.#rest.length > 0) yield this.#rest;
    for (;;) {
      const { done, value } = await this.#reader.read();
      if (done) return;
      yield value;
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.#writer.ready;
    await this.#writer.write(chunk);
  }

  async finish(): Promise<void> {
    await this.#writer.close();
  }
}

/** Connects both directions until both have ended. Neither is read faster than the other end accepts it. */
async function forward(socket: Socket, talk: Talk): Promise<void> {
  const inward = async () => {
    for await (const chunk of talk.bytes()) if (!socket.write(chunk)) await once(socket, "drain");
    socket.end();
  };
  const outward = async () => {
    for await (const chunk of socket) await talk.write(new Uint8Array(chunk as Buffer));
    await talk.finish();
  };
  await Promise.all([inward(), outward()]);
}
