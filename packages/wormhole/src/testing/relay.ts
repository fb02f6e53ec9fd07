/** A transit relay in a network in memory: two clients with one token are connected, and see nothing but each other. */
import { onAbort } from "../base/abort.ts";
import type { Connection } from "../net/connection.ts";
import type { MemoryNetwork } from "./network.ts";

/** The first line of a client: 32 bytes of token and perhaps 8 bytes of side, in hexadecimal digits. */
const HANDSHAKE = /^please relay (\w{64})(?: for side (\w{16}))?\n$/;
/** Characters of the longest handshake. */
const MAX_HANDSHAKE = "please relay  for side \n".length + 64 + 16;

/** How a relay is started. */
export interface MemoryRelayOptions {
  /** The port to listen on. Default: one that the network chooses. */
  readonly port?: number;
  /** Stops the relay: it listens no more, and all its connections are closed. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a relay at `address` of a network in memory. Resolves to its URL, such as `tcp:10.0.0.9:40000`, for the option
 * `relays`.
 *
 * @example
 * const network = new MemoryNetwork();
 * const relays = [await startMemoryRelay(network, "10.0.0.9")];
 * const sender = new TransitSender({ relays, platform: { network: network.machine() } });
 */
export async function startMemoryRelay(
  network: MemoryNetwork,
  address: string,
  { port, signal }: MemoryRelayOptions = {},
): Promise<string> {
  const relay = new Relay();
  const listener = await network.machine(address).listen?.((connection) => relay.accept(connection), port);
  onAbort(signal, () => {
    listener?.close();
    relay.stop();
  });
  return `tcp:${address}:${listener?.port}`;
}

interface Client {
  readonly side: string | undefined;
  readonly connection: Connection;
}

class Relay {
  readonly #waiting = new Map<string, Client[]>();
  readonly #connections = new Set<Connection>();

  /** Takes a new connection, which has to begin with a handshake. */
  accept(connection: Connection): void {
    this.#connections.add(connection);
    let line = "";
    connection.receive({
      chunk: (bytes) => {
        line += new TextDecoder().decode(bytes);
        if (!line.includes("\n") && line.length < MAX_HANDSHAKE) return;
        const [, token, side] = HANDSHAKE.exec(line) ?? [];
        if (token === undefined) this.#refuse(connection);
        else this.#meet(token, { side, connection });
      },
      ended: () => void this.#connections.delete(connection),
    });
  }

  stop(): void {
    this.#waiting.clear();
    for (const connection of this.#connections) connection.destroy();
    this.#connections.clear();
  }

  #refuse(connection: Connection): void {
    connection.receive({ chunk() {}, ended() {} });
    this.#connections.delete(connection);
    connection.write(new TextEncoder().encode("bad handshake\n"));
    void connection.end();
  }

  /** Pairs a client with another side of its token, or keeps it until one comes. */
  #meet(token: string, client: Client): void {
    const others = this.#waiting.get(token) ?? [];
    const partner = others.find(({ side }) => side === undefined || side !== client.side);
    if (!partner) return this.#keep(token, client, others);
    this.#waiting.delete(token);
    for (const spare of others) if (spare !== partner) spare.connection.destroy();
    this.#forward(client.connection, partner.connection);
    this.#forward(partner.connection, client.connection);
    for (const { connection } of [client, partner]) connection.write(new TextEncoder().encode("ok\n"));
  }

  /** Keeps a client that has to wait. If it sends anything before it has a partner, it breaks the protocol. */
  #keep(token: string, client: Client, others: readonly Client[]): void {
    this.#waiting.set(token, [...others, client]);
    const leave = () => {
      const rest = (this.#waiting.get(token) ?? []).filter((other) => other !== client);
      if (rest.length > 0) this.#waiting.set(token, rest);
      else this.#waiting.delete(token);
    };
    client.connection.receive({
      chunk: () => {
        leave();
        this.#refuse(client.connection);
      },
      ended: () => {
        leave();
        this.#connections.delete(client.connection);
      },
    });
  }

  /** Passes on everything that comes from one connection, no faster than the other takes it. */
  #forward(from: Connection, to: Connection): void {
    from.receive({
      chunk(bytes) {
        if (to.write(bytes)) return;
        from.pause();
        to.drained().then(
          () => from.resume(),
          // The end of the failed connection closes this one.
          () => {},
        );
      },
      ended: () => {
        this.#connections.delete(from);
        void to.end();
      },
    });
  }
}
