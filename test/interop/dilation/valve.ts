/** A TCP proxy that stands for the network. It can cut its connections, or silently drop their data. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** The address that a valve connects to. */
export interface Destination {
  readonly host: string;
  readonly port: number;
}

export class Valve {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #lines: Line[] = [];
  #bytes = 0;

  static async open(destination: Destination): Promise<Valve> {
    const valve = new Valve(destination);
    valve.#server.listen(0, "127.0.0.1");
    await once(valve.#server, "listening");
    return valve;
  }

  private constructor(destination: Destination) {
    this.#server = createServer({ noDelay: true }, (client) => this.#connected(client, connect(destination)));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that have passed in both directions. Both ends of a relayed connection pass here, so its bytes count twice. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Resets all present connections. New ones work. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Keeps the present connections open, but drops their data from now on. New ones work. */
  swallow(): void {
    for (const line of this.#lines) line.swallows = true;
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #connected(client: Socket, server: Socket): void {
    const line = { swallows: false };
    this.#lines.push(line);
    server.setNoDelay(true);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => {}); // followed by "close"
      from.once("close", () => {
        this.#sockets.delete(from);
        if (!line.swallows) to.destroySoon();
      });
      from.on("data", (chunk: Buffer) => this.#forward(line, chunk, from, to));
    }
  }

  #forward(line: Line, chunk: Buffer, from: Socket, to: Socket): void {
    if (line.swallows) return;
    this.#bytes += chunk.length;
    if (to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  }
}

interface Line {
  swallows: boolean;
}
