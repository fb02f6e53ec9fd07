/** A SOCKS 5 proxy for tests: it looks up names itself, records requests, and really connects. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** One requested connection. */
export interface Asked {
  readonly kind: "ipv4" | "name" | "ipv6";
  readonly host: string;
  readonly port: number;
  /** `USER:PASSWORD`, or empty. */
  readonly account: string;
}

export interface SocksServerOptions {
  /** A port of loopback (0: any), or the path of a Unix socket. */
  readonly listen?: number | string;
  /** The addresses of names. Other names are unknown. */
  readonly names?: Readonly<Record<string, string>>;
  /** Answers every request with this code. */
  readonly refusal?: number;
  /** Accepts no accounts. */
  readonly open?: boolean;
  /** Writes every answer byte by byte. */
  readonly slow?: boolean;
}

const KINDS = { 1: "ipv4", 3: "name", 4: "ipv6" } as const;
const UNKNOWN_HOST = 4;
const REFUSED = 5;

export class SocksServer {
  readonly asked: Asked[] = [];
  readonly #server: Server;
  readonly #options: SocksServerOptions;
  readonly #sockets = new Set<Socket>();

  static async start(options: SocksServerOptions = {}): Promise<SocksServer> {
    const proxy = new SocksServer(options);
    const { listen = 0 } = options;
    proxy.#server.listen(typeof listen === "string" ? { path: listen } : { port: listen, host: "127.0.0.1" });
    await once(proxy.#server, "listening");
    return proxy;
  }

  private constructor(options: SocksServerOptions) {
    this.#options = options;
    this.#server = createServer((client) => {
      this.#keep(client);
      // The client may leave in the middle of a request.
      this.#serve(client).catch(() => client.destroy());
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The requested hosts and ports. */
  get destinations(): string[] {
    return this.asked.map(({ kind, host, port }) => `${kind} ${host}:${port}`);
  }

  get accounts(): Set<string> {
    return new Set(this.asked.map(({ account }) => account));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(client: Socket): Promise<void> {
    const [, count = 0] = await read(client, 2);
    const methods = await read(client, count);
    const account =
      methods.includes(2) && !this.#options.open ? await this.#identify(client) : await this.#welcome(client);
    const [, , , type = 0] = await read(client, 4);
    const kind = KINDS[type as keyof typeof KINDS];
    const host = await readHost(client, kind);
    const port = (await read(client, 2)).readUInt16BE();
    this.asked.push({ kind, host, port, account });
    await this.#connect(client, kind === "name" ? this.#options.names?.[host] : host, port);
  }

  async #welcome(client: Socket): Promise<string> {
    await this.#say(client, [5, 0]);
    return "";
  }

  async #identify(client: Socket): Promise<string> {
    await this.#say(client, [5, 2]);
    await read(client, 1);
    const user = await readCounted(client);
    const password = await readCounted(client);
    await this.#say(client, [1, 0]);
    return `${user}:${password}`;
  }

  async #connect(client: Socket, host: string | undefined, port: number): Promise<void> {
    const code = this.#options.refusal ?? (host === undefined ? UNKNOWN_HOST : 0);
    const onward = code === 0 ? await dial(host ?? "", port) : undefined;
    await this.#say(client, [5, code || (onward ? 0 : REFUSED), 0, 1, 0, 0, 0, 0, 0, 0]);
    if (onward === undefined) return void client.end();
    this.#keep(onward);
    client.pipe(onward).pipe(client);
  }

  async #say(client: Socket, bytes: number[]): Promise<void> {
    if (!this.#options.slow) return void client.write(Uint8Array.from(bytes));
    client.setNoDelay(true);
    for (const byte of bytes) {
      client.write(Uint8Array.of(byte));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
  }
}

async function dial(host: string, port: number): Promise<Socket | undefined> {
  const socket = connect({ host, port });
  return once(socket, "connect").then(
    () => socket,
    () => undefined,
  );
}

async function readHost(client: Socket, kind: Asked["kind"]): Promise<string> {
  if (kind === "name") return readCounted(client);
  if (kind === "ipv4") return [...(await read(client, 4))].join(".");
  const bytes = await read(client, 16);
  return [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(at).toString(16)).join(":");
}

async function readCounted(client: Socket): Promise<string> {
  const [length = 0] = await read(client, 1);
  return (await read(client, length)).toString();
}

async function read(client: Socket, length: number): Promise<Buffer> {
  for (;;) {
    const bytes = length === 0 ? Buffer.alloc(0) : (client.read(length) as Buffer | null);
    if (bytes?.length === length) return bytes;
    if (client.readableEnded || client.destroyed) throw new Error("the client has gone");
    await Promise.race([once(client, "readable"), once(client, "close")]);
  }
}
