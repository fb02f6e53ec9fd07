import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { type OnRead, withOnRead } from "./accepted.node.ts";
import type { Connection, Listener, StreamNetwork } from "./connection.ts";
import { address, type Place } from "./place.ts";
import { TcpConnection } from "./tcp-connection.node.ts";

/** Room for what one read brings: a batch of records, and well within a core's own cache. */
const READ_BUFFER = 256 * 1024;

/** TCP as Node has it. */
export const tcp = { dial, listen, addresses } satisfies StreamNetwork;

function dial(host: string, port: number, options: { signal: AbortSignal }): Promise<Connection> {
  return connectTo({ host, port }, address(host, port), options);
}

/** Connects to a port or a Unix socket; `description` is what people are told of the far end. */
export async function connectTo(
  place: Place,
  description: string,
  { signal }: { signal: AbortSignal },
): Promise<TcpConnection> {
  signal.throwIfAborted();
  const onread = reading((bytes) => connection.arrived(bytes));
  const socket = connect({ ...place, noDelay: true, onread });
  socket.pause();
  const connection = new TcpConnection(socket, description);
  try {
    await once(socket, "connect", { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return connection;
}

async function listen(accept: (connection: Connection) => void, port = 0): Promise<Listener> {
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => accept(connectionOf(accepted)));
  // A dual-stack socket takes IPv4 as well. Where the system has no IPv6 it says so, and IPv4 is all there is.
  await bind(server, "::", port).catch(() => bind(server, "0.0.0.0", port));
  // From here on an error concerns a connection that could not be accepted: whoever dialled it will notice.
  server.on("error", () => {});
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

function connectionOf(accepted: Socket): Connection {
  const description = remoteAddress(accepted);
  const socket = withOnRead(
    accepted,
    reading((bytes) => connection.arrived(bytes)),
  );
  const connection = new TcpConnection(socket ?? accepted, description);
  if (socket === undefined) accepted.on("data", (bytes) => connection.arrived(bytes as Uint8Array));
  return connection;
}

/** One buffer for all reads: where the bytes of a whole transfer pass, nothing is allocated or copied. */
function reading(arrived: (bytes: Uint8Array) => boolean): OnRead {
  return {
    buffer: new Uint8Array(READ_BUFFER),
    callback: (length, buffer) => arrived(buffer.subarray(0, length)),
  };
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port });
  await once(server, "listening");
}

/** The far end of an accepted socket: IPv4 addresses come in IPv6 clothes from a dual-stack listener. */
function remoteAddress({ remoteAddress = "?", remotePort = 0 }: Socket): string {
  return address(remoteAddress.replace(/^::ffff:(?=\d+\.)/, ""), remotePort);
}

/** Link-local IPv6 addresses are left out: they mean nothing without the name of an interface of the other machine. */
function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ address }) => !/^fe[89ab]/i.test(address));
  const outer = usable.filter(({ internal }) => !internal);
  const ipv4First = (outer.length > 0 ? outer : usable).sort((a, b) => a.family.localeCompare(b.family));
  return [...new Set(ipv4First.map(({ address }) => address))];
}
