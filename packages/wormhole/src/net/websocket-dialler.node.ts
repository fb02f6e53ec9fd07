import type { ClientRequestArgs } from "node:http";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { StreamNetwork } from "./connection.ts";
import { ConnectionStream } from "./connection-stream.node.ts";

type Connected = (error: Error | null, stream?: Duplex) => void;

/** Makes the connections below WebSockets: what `ws` takes as `createConnection`, whose type is that of Node's own. */
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

/** TLS over a stream. The certificate must be one for the name that we asked for, whoever has looked it up. */
async function secured(stream: Duplex, host: string): Promise<Duplex> {
  const { connect } = await import("node:tls");
  return connect({ socket: stream, host, servername: isIP(host) ? "" : host });
}
