/** Opens the connections that carry WebSockets through a {@link StreamNetwork}, for example through Tor. */
import type { ClientRequestArgs } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { StreamNetwork } from "./connection.ts";
import { ConnectionStream } from "./connection-stream.node.ts";

type Connected = (error: Error | null, stream?: Duplex) => void;

/**
 * The option `createConnection` of `ws`, which passes it to Node's HTTP client. Node also accepts a function that
 * reports its stream by a callback (https://nodejs.org/api/http.html#agentcreateconnectionoptions-callback); the types
 * of `ws` do not.
 */
export function dialler(network: StreamNetwork, url: string, signal: AbortSignal): () => Socket {
  const isSecure = /^wss:/i.test(url);
  const open = async ({ host, port }: ClientRequestArgs): Promise<Duplex> => {
    const name = host ?? "";
    const stream = new ConnectionStream(await network.dial(name, Number(port), { signal }));
    return isSecure ? secured(stream, name) : stream;
  };
  const createConnection = (options: ClientRequestArgs, connected: Connected): void => {
    open(options).then((stream) => connected(null, stream), connected);
  };
  return createConnection as unknown as () => Socket;
}

/**
 * TLS over a stream (https://nodejs.org/api/tls.html#tlsconnectoptions-callback). The certificate must be valid for the
 * name in the URL, no matter where that name was resolved. `servername` must not be an IP address.
 */
async function secured(stream: Duplex, host: string): Promise<Duplex> {
  const { connect } = await import("node:tls");
  return connect({ socket: stream, host, servername: isIP(host) ? "" : host });
}
