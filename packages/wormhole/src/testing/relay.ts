/** A transit relay in a network in memory: two clients with one token are connected, and see nothing but each other. */
import type { Connection } from "../net/connection.ts";
import type { MemoryNetwork } from "./network.ts";

const HANDSHAKE = /^please relay (\w{64})(?: for side (\w{16}))?\n$/;

interface Waiting {
  readonly side: string | undefined;
  readonly connection: Connection;
}

/** Runs a relay at `address`; resolves to what a transit takes as one of its `relays`. */
export async function startMemoryRelay(network: MemoryNetwork, address: string): Promise<string> {
  const waiting = new Map<string, Waiting[]>();
  const listener = await network.machine(address).listen?.((connection) => greet(connection, waiting));
  return `tcp:${address}:${listener?.port}`;
}

function greet(connection: Connection, waiting: Map<string, Waiting[]>): void {
  let line = "";
  connection.receive({
    chunk(bytes) {
      line += new TextDecoder().decode(bytes);
      if (!line.endsWith("\n")) return;
      const [, token, side] = HANDSHAKE.exec(line) ?? [];
      if (token === undefined) return refuse(connection);
      meet(token, { side, connection }, waiting);
    },
    ended() {},
  });
}

function refuse(connection: Connection): void {
  connection.write(new TextEncoder().encode("bad handshake\n"));
  void connection.end();
}

/** Pairs a client with another side of its token, or lets it wait for one. */
function meet(token: string, client: Waiting, waiting: Map<string, Waiting[]>): void {
  const others = waiting.get(token) ?? [];
  const partner = others.find(({ side }) => side === undefined || side !== client.side);
  if (!partner) {
    waiting.set(token, [...others, client]);
    const leave = () =>
      void waiting.set(
        token,
        (waiting.get(token) ?? []).filter((other) => other !== client),
      );
    return client.connection.receive({ chunk: () => refuse(client.connection), ended: leave });
  }
  waiting.delete(token);
  for (const spare of others) if (spare !== partner) spare.connection.destroy();
  forward(client.connection, partner.connection);
  forward(partner.connection, client.connection);
  for (const { connection } of [client, partner]) connection.write(new TextEncoder().encode("ok\n"));
}

/** Everything that comes from one goes to the other, no faster than that takes it. */
function forward(from: Connection, to: Connection): void {
  from.receive({
    chunk(bytes) {
      if (to.write(bytes)) return;
      from.pause();
      to.drained().then(
        () => from.resume(),
        () => from.destroy(),
      );
    },
    ended: () => void to.end(),
  });
}
