/** Connections through a SOCKS 5 proxy, which is Tor's. */
import { concatBytes } from "@noble/hashes/utils.js";
import { onAbort } from "../base/abort.ts";
import { messageOf } from "../base/caught.ts";
import { Runner, type Unexpected } from "../base/machine.ts";
import { Once } from "../base/once.ts";
import type { Connection, Receiver, StreamNetwork } from "./connection.ts";
import { hostAndPort, type SocketAddress, socketAddressText } from "./socket-address.ts";
import {
  GREETING,
  isGreeting,
  type SocksAccount,
  type SocksEffect,
  type SocksEvent,
  type SocksRequest,
  type SocksState,
  socks,
} from "./socks.ts";
import { connectTo } from "./tcp.node.ts";
import type { TcpConnection } from "./tcp-connection.node.ts";

/** Time for a proxy to answer the greeting. It makes no connection for that. */
const GREETING_DEADLINE_MS = 5_000;

/**
 * The network behind a proxy. Once the proxy has connected, a connection is as fast as a direct one, with the same kind of
 * socket and buffer.
 */
export function socksNetwork(proxy: SocketAddress, account: SocksAccount): StreamNetwork {
  return {
    isTor: true,
    addresses: () => [],
    dial: (host, port, { signal }) => dialThrough(proxy, { account, host, port }, signal),
  };
}

/**
 * Why a proxy made no connection. It replaces the system's error that {@link StreamNetwork.dial} promises. Its `code` is
 * the one that the system has for a direct connection, or `EPROXY` if the proxy is at fault.
 */
export class SocksError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether a SOCKS 5 proxy listens at an address. The proxy gets a greeting, but no request for a connection.
 * @throws the system's error if nothing listens there; {@link SocksError} if nothing answers in time
 */
export async function greets(address: SocketAddress, { signal }: { signal: AbortSignal }): Promise<boolean> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(GREETING_DEADLINE_MS)]);
  const connection = await connectTo(address, socketAddressText(address), { signal: inTime });
  const greeted = new Once<boolean>();
  const stop = onAbort(inTime, () => greeted.reject(new SocksError("EPROXY", "no answer")));
  try {
    const answer: number[] = [];
    const chunk = (bytes: Uint8Array) => {
      answer.push(...bytes.subarray(0, 2));
      if (answer.length >= 2) greeted.resolve(isGreeting(answer));
    };
    connection.receive({ chunk, ended: () => greeted.resolve(false) });
    connection.write(GREETING.slice());
    return await greeted.promise;
  } finally {
    stop();
    connection.destroy();
  }
}

async function dialThrough(proxy: SocketAddress, request: SocksRequest, signal: AbortSignal): Promise<Connection> {
  const connection = await connectToProxy(proxy, hostAndPort(request.host, request.port), signal);
  const stop = onAbort(signal, () => connection.destroy());
  try {
    return await new SocksDialogue(connection, request).connected();
  } catch (error) {
    connection.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    stop();
  }
}

/** Connects to the proxy itself. A failure has the code `EPROXY`, because it does not concern the host behind the proxy. */
async function connectToProxy(proxy: SocketAddress, description: string, signal: AbortSignal): Promise<TcpConnection> {
  try {
    return await connectTo(proxy, description, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = messageOf(error);
    const message = `Tor no longer answers at ${socketAddressText(proxy)} (${reason})`;
    throw new SocksError("EPROXY", message, { cause: error });
  }
}

/** Drives the machine `socks` on a connection to the proxy. */
class SocksDialogue implements Receiver {
  readonly #connection: TcpConnection;
  readonly #connected = new Once<Connection>();
  readonly #socks: Runner<SocksState, SocksEvent, SocksEffect, Unexpected>;

  constructor(connection: TcpConnection, request: SocksRequest) {
    this.#connection = connection;
    const initial: SocksState = { at: "closed", request };
    this.#socks = new Runner(socks, initial, {
      perform: (effect) => this.#perform(effect),
      unexpected: () => this.#connected.reject(new SocksError("EPROXY", "the proxy broke the protocol")),
    });
  }

  /** Asks the proxy. Rejects with a {@link SocksError} if it refuses. */
  connected(): Promise<Connection> {
    this.#connection.receive(this);
    this.#socks.post({ on: "open" });
    return this.#connected.promise;
  }

  chunk(bytes: Uint8Array): void {
    this.#socks.post({ on: "bytes", bytes });
  }

  ended(error?: Error): void {
    this.#connected.reject(new SocksError("EPROXY", `the proxy hung up${error ? `: ${error.message}` : ""}`));
  }

  #perform(effect: SocksEffect): void {
    switch (effect.do) {
      case "write":
        this.#connection.write(effect.bytes);
        break;
      case "connected":
        this.#connected.resolve(new ProxiedConnection(this.#connection, effect.rest.slice()));
        break;
      case "refused":
        this.#connected.reject(new SocksError(effect.code, effect.reason));
        break;
    }
  }
}

/**
 * A connection that a proxy has made.
 *
 * The proxy's last answer may contain the first bytes of the connection. These bytes are held until there is a receiver,
 * and so is the end of the connection. After the first bytes, the receiver gets everything directly from the socket.
 */
class ProxiedConnection implements Connection {
  readonly description: string;
  readonly #connection: TcpConnection;
  /** The bytes to be delivered first; null once they have been delivered. */
  #first: Uint8Array | null;
  #receiver: Receiver | null = null;
  #paused = false;
  /** Set if the connection ended before the first bytes were delivered. */
  #end: { readonly error?: Error | undefined } | null = null;

  constructor(connection: TcpConnection, first: Uint8Array) {
    this.description = connection.description;
    this.#connection = connection;
    this.#first = first;
    connection.pause();
    connection.receive({
      chunk: (bytes) => this.#hold(bytes),
      ended: (error) => {
        this.#end = { error };
      },
    });
  }

  get localAddress(): string | undefined {
    return this.#connection.localAddress;
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#first === null) this.#connection.receive(receiver);
    else queueMicrotask(() => this.#deliver());
  }

  pause(): void {
    this.#paused = true;
    this.#connection.pause();
  }

  resume(): void {
    this.#paused = false;
    if (this.#first === null) this.#connection.resume();
    else queueMicrotask(() => this.#deliver());
  }

  write(bytes: Uint8Array): boolean {
    return this.#connection.write(bytes);
  }

  drained(): Promise<void> {
    return this.#connection.drained();
  }

  end(): Promise<void> {
    this.#first = null;
    this.#receiver = null;
    return this.#connection.end();
  }

  destroy(): void {
    this.#connection.destroy();
  }

  /** Keeps a chunk that was already under way when reading was paused. */
  #hold(bytes: Uint8Array): void {
    this.#first = concatBytes(this.#first ?? NOTHING, bytes);
  }

  #deliver(): void {
    const first = this.#first;
    if (first === null || this.#receiver === null || this.#paused) return;
    this.#first = null;
    // The connection is still paused. It gets its receiver before the first bytes are delivered, because the receiver may
    // replace itself during that call.
    if (this.#end === null) this.#connection.receive(this.#receiver);
    if (first.length > 0) this.#receiver.chunk(first);
    if (this.#end !== null) this.#receiver?.ended(this.#end.error);
    else if (!this.#paused) this.#connection.resume();
  }
}

const NOTHING = new Uint8Array(0);
