import { Runner, type Unexpected } from "../base/machine.ts";
import type { Connection, Receiver, StreamNetwork } from "./connection.ts";
import { address, type Place, placeText } from "./place.ts";
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

/** Milliseconds for a proxy that is asked for nothing. */
const GREETING_DEADLINE = 5_000;

/**
 * Connections through a SOCKS 5 proxy that is Tor's. From the proxy's last word on they are as fast as any other: the
 * same socket, the same buffer.
 */
export function socksNetwork(proxy: Place, account: SocksAccount): StreamNetwork {
  return {
    isTor: true,
    addresses: () => [],
    dial: (host, port, { signal }) => dialThrough(proxy, { account, host, port }, signal),
  };
}

/** Why a proxy gave no connection. Its `code` is what the system would say of a connection without proxy. */
export class SocksError extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Whether a SOCKS 5 proxy listens there: it is greeted, and asked for nothing.
 * @throws {Error} if nothing listens, or nothing answers in time
 */
export async function greets(place: Place, { signal }: { signal: AbortSignal }): Promise<boolean> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(GREETING_DEADLINE)]);
  const connection = await connectTo(place, placeText(place), { signal: inTime });
  try {
    return await new Promise<boolean>((resolve, reject) => {
      inTime.addEventListener("abort", () => reject(new SocksError("EPROXY", "no answer")));
      const answer: number[] = [];
      const chunk = (bytes: Uint8Array) => {
        answer.push(...bytes.subarray(0, 2));
        if (answer.length >= 2) resolve(isGreeting(answer));
      };
      connection.receive({ chunk, ended: () => resolve(false) });
      connection.write(GREETING.slice());
    });
  } finally {
    connection.destroy();
  }
}

async function dialThrough(proxy: Place, request: SocksRequest, signal: AbortSignal): Promise<Connection> {
  const connection = await connectToProxy(proxy, address(request.host, request.port), signal);
  const abandon = () => connection.destroy();
  signal.addEventListener("abort", abandon);
  try {
    await new Promise<void>((resolve, reject) => new SocksTalk(connection, request, { resolve, reject }).begin());
    return connection;
  } catch (error) {
    connection.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener("abort", abandon);
  }
}

/** What hinders us on the way to the proxy says nothing about whoever is to be reached behind it. */
async function connectToProxy(proxy: Place, description: string, signal: AbortSignal): Promise<TcpConnection> {
  try {
    return await connectTo(proxy, description, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SocksError("EPROXY", `Tor does not answer any more at ${placeText(proxy)} (${reason})`, { cause: error });
  }
}

/** Talks to the proxy until the connection is there, and leaves it to whoever comes next. */
class SocksTalk implements Receiver {
  readonly #connection: TcpConnection;
  readonly #end: { resolve(): void; reject(error: Error): void };
  readonly #talk: Runner<SocksState, SocksEvent, SocksEffect, Unexpected>;

  constructor(connection: TcpConnection, request: SocksRequest, end: { resolve(): void; reject(error: Error): void }) {
    this.#connection = connection;
    this.#end = end;
    const initial: SocksState = { at: "closed", request };
    this.#talk = new Runner(socks, initial, {
      perform: (effect) => this.#perform(effect),
      unexpected: () => end.reject(new SocksError("EPROXY", "the proxy got out of order")),
    });
  }

  begin(): void {
    this.#connection.receive(this);
    this.#talk.post({ on: "open" });
  }

  chunk(bytes: Uint8Array): void {
    this.#talk.post({ on: "bytes", bytes });
  }

  ended(error?: Error): void {
    this.#end.reject(new SocksError("EPROXY", `the proxy hung up${error ? `: ${error.message}` : ""}`));
  }

  #perform(effect: SocksEffect): void {
    switch (effect.do) {
      case "write":
        this.#connection.write(effect.bytes);
        break;
      case "connected":
        this.#connection.giveBack(effect.rest);
        this.#end.resolve();
        break;
      case "refused":
        this.#end.reject(new SocksError(effect.code, effect.reason));
        break;
    }
  }
}
