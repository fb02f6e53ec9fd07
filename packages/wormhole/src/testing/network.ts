/** A network in memory: machines, and streams of bytes between them. */
import type { Connection, Listener, StreamNetwork } from "../net/connection.ts";
import { connectedPair, type MemoryConnection } from "./memory-connection.ts";

/** Ports that a machine gives out by itself begin here. */
const FIRST_PORT = 40_000;

type Accept = (connection: Connection) => void;

/**
 * Machines that can reach each other, without sockets. Give `machine(address)` to a wormhole or a transit as
 * `platform: { network }`.
 */
export class MemoryNetwork {
  readonly #ports = new Map<string, Accept>();
  readonly #open = new Set<MemoryConnection>();
  #nextPort = FIRST_PORT;

  /** A machine with this address. Without one it can dial, and nobody can dial it. */
  machine(address?: string): StreamNetwork {
    const dial: StreamNetwork["dial"] = async (host, port, { signal }) => {
      signal.throwIfAborted();
      return this.#dial(address ?? "nowhere", host, port);
    };
    if (address === undefined) return { dial, addresses: () => [] };
    return { dial, addresses: () => [address], listen: async (accept, port) => this.#listen(address, accept, port) };
  }

  /** Cuts every connection, as when all cables are pulled: both ends hear of it. */
  cut(): void {
    for (const connection of [...this.#open]) connection.break(new Error("the connection was cut"));
  }

  #dial(from: string, host: string, port: number): Connection {
    const accept = this.#ports.get(`${host} ${port}`);
    if (!accept) throw Object.assign(new Error(`nothing listens at ${host}:${port}`), { code: "ECONNREFUSED" });
    const [near, far] = connectedPair(`${host}:${port}`, `${from}:${this.#nextPort++}`);
    for (const connection of [near, far]) {
      this.#open.add(connection);
      connection.onClose = () => this.#open.delete(connection);
    }
    queueMicrotask(() => accept(far));
    return near;
  }

  #listen(address: string, accept: Accept, port: number = this.#nextPort++): Listener {
    const place = `${address} ${port}`;
    if (this.#ports.has(place)) throw Object.assign(new Error(`${address}:${port} is taken`), { code: "EADDRINUSE" });
    this.#ports.set(place, accept);
    return { port, close: () => void this.#ports.delete(place) };
  }
}
