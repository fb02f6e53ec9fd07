/** TCP and Unix sockets of Node: dialling, listening, and the addresses of this machine. */
import dns from "node:dns";
import { once } from "node:events";
import { connect, createServer, isIP, type LookupFunction, type Server, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { type OnRead, withOnRead } from "./accepted.node.ts";
import type { Connection, DialOptions, Listener, StreamNetwork } from "./connection.ts";
import { mostUsefulFirst } from "./own-addresses.ts";
import { hostAndPort, type SocketAddress, withoutMapping } from "./socket-address.ts";
import { TcpConnection } from "./tcp-connection.node.ts";

/** The size of the buffer for one read: a batch of records, which still fits into the cache of one processor core. */
const READ_BUFFER_BYTES = 256 * 1024;

/** The TCP network of Node. */
export const tcp = { dial, listen, addresses } satisfies StreamNetwork;

function dial(host: string, port: number, options: DialOptions): Promise<Connection> {
  return connectTo({ host, port }, hostAndPort(host, port), options);
}

/**
 * Connects to a port or a Unix socket. `description` names the far end for people.
 * @throws the system's error; the signal's reason if it has already aborted; an `AbortError` if it aborts later
 */
export async function connectTo(
  address: SocketAddress,
  description: string,
  { signal, permits }: DialOptions,
): Promise<TcpConnection> {
  signal.throwIfAborted();
  if ("host" in address && isIP(address.host) > 0 && permits?.(address.host) === false) throw forbidden();
  const onread = reading((bytes) => connection.arrived(bytes));
  const socket = connect({ ...address, noDelay: true, onread, ...(permits && { lookup: lookingUp(permits) }) });
  // A socket reads as soon as it is connected, unless it is paused: https://nodejs.org/api/net.html#socketpause.
  socket.pause();
  const connection = new TcpConnection(socket, description);
  try {
    await once(socket, "connect", { signal });
    // Not every runtime uses the option `lookup`.
    if (socket.remoteAddress !== undefined && permits?.(socket.remoteAddress) === false) throw forbidden();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return connection;
}

/** Resolves host names to the permitted addresses only: https://nodejs.org/api/net.html#socketconnectoptions-connectlistener. */
function lookingUp(permits: (address: string) => boolean): LookupFunction {
  return (host, options, answer) => {
    dns.lookup(host, { ...options, all: true }, (error, all) => {
      if (error) return answer(error, "");
      const permitted = all.filter(({ address }) => permits(address));
      const [first] = permitted;
      if (first === undefined) return answer(forbidden(), "");
      if (options.all) return answer(null, permitted);
      return answer(null, first.address, first.family);
    });
  };
}

/** The error for an address that is not permitted. */
function forbidden(): Error {
  return new Error("such addresses are not used");
}

async function listen(accept: (connection: Connection) => void, port = 0): Promise<Listener> {
  // `pauseOnConnect` keeps data unread until there is a receiver:
  // https://nodejs.org/api/net.html#netcreateserveroptions-connectionlistener
  const server = createServer({ noDelay: true, pauseOnConnect: true }, (accepted) => accept(connectionOf(accepted)));
  // A socket on `::` accepts IPv4 as well: https://nodejs.org/api/net.html#serverlistenport-host-backlog-callback. If
  // the system has no IPv6, binding to `::` fails and IPv4 alone is used.
  await bind(server, "::", port).catch(() => bind(server, "0.0.0.0", port));
  // From here on, an error concerns one connection that could not be accepted. The far end notices it by itself.
  server.on("error", () => {});
  return { port: boundPort(server), close: () => void server.close() };
}

function connectionOf(accepted: Socket): Connection {
  const description = remoteAddress(accepted);
  const socket = withOnRead(
    accepted,
    reading((bytes) => connection.arrived(bytes)),
  );
  const connection = new TcpConnection(socket ?? accepted, description);
  if (socket === undefined) accepted.on("data", (bytes: Uint8Array) => connection.arrived(bytes));
  return connection;
}

/** The option `onread` with one buffer for all reads, so that nothing is allocated or copied during a transfer. */
function reading(arrived: (bytes: Uint8Array) => boolean): OnRead {
  return {
    buffer: new Uint8Array(READ_BUFFER_BYTES),
    callback: (length, buffer) => arrived(buffer.subarray(0, length)),
  };
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port });
  await once(server, "listening");
}

/** The port of a listening server. Only a server on a Unix socket has an address without a port. */
function boundPort(server: Server): number {
  const address = server.address();
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** Describes the far end of an accepted socket for people. */
function remoteAddress({ remoteAddress = "?", remotePort = 0 }: Socket): string {
  return hostAndPort(withoutMapping(remoteAddress), remotePort);
}

/** The addresses of this machine. The system may refuse to tell them. */
function addresses(): string[] {
  return mostUsefulFirst(networkInterfaces());
}
