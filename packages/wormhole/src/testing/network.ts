/** A network in memory: machines, and streams of bytes between them. */
import { onAbort } from "../base/abort.ts";
import { Once } from "../base/once.ts";
import type { Clock } from "../net/clock.ts";
import type { Connection, Listener, StreamNetwork } from "../net/connection.ts";
import { connectedPair, type MemoryConnection } from "./memory-connection.ts";
import { inOrder } from "./schedule.ts";

/** The first port that machines choose by themselves. */
const FIRST_PORT = 40_000;
/** Takes the place of an address, for a machine without one. */
const NO_ADDRESS = "nowhere";

/** Whether one machine can dial another: yes, it is refused, or no answer ever comes. */
export type Passage = "open" | "refused" | "silent";

/** How a {@link MemoryNetwork} behaves. Without options, everything arrives at once. */
export interface MemoryNetworkOptions {
  /** The clock that `delay` refers to, usually a {@link VirtualClock}. */
  readonly clock?: Clock;
  /** Returns how long the next chunk takes, in milliseconds of `clock`. Chunks of one direction stay in order. */
  readonly delay?: () => number;
  /** Decides at each attempt whether the machine `from` can dial the machine `to`. Both are addresses. Default: open. */
  readonly passage?: (from: string, to: string) => Passage;
}

type Accept = (connection: Connection) => void;

/** A connection that is open: its ends, and the addresses of their machines. */
interface Line {
  readonly ends: readonly [MemoryConnection, MemoryConnection];
  readonly addresses: readonly [dialler: string, listener: string];
}

/**
 * Machines that can reach each other without sockets. Give `machine(address)` to a wormhole or a transit as
 * `platform: { network }`.
 *
 * @example
 * const network = new MemoryNetwork();
 * const sender = new TransitSender({ platform: { network: network.machine("10.0.0.1") } });
 * const receiver = new TransitReceiver({ platform: { network: network.machine("10.0.0.2") } });
 * // … keys and hints as usual …
 * network.cut(); // both ends fail with TransitError
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions;
  readonly #ports = new Map<string, Accept>();
  readonly #lines = new Set<Line>();
  #nextPort = FIRST_PORT;

  constructor(options: MemoryNetworkOptions = {}) {
    this.#options = options;
  }

  /** Returns a machine with this address. Without an address, it can dial, and cannot be dialled. */
  machine(address?: string): StreamNetwork {
    const dial: StreamNetwork["dial"] = (host, port, { signal }) => this.#dial(address, host, port, signal);
    if (address === undefined) return { dial, addresses: () => [] };
    return { dial, addresses: () => [address], listen: async (accept, port) => this.#listen(address, accept, port) };
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#lines.size;
  }

  /** Cuts the connections of the machines that `which` chooses by address (default: all). Both ends receive an error. */
  cut(which: (address: string) => boolean = () => true): void {
    for (const { ends } of this.#chosen(which)) ends[0].break(new Error("the connection was cut"));
  }

  /** Makes the chosen connections dead: nothing arrives any more, and neither end notices, until {@link cut}. */
  silence(which: (address: string) => boolean = () => true): void {
    for (const { ends } of this.#chosen(which)) ends[0].silence();
  }

  #chosen(which: (address: string) => boolean): Line[] {
    return [...this.#lines].filter(({ addresses }) => addresses.some(which));
  }

  async #dial(from: string | undefined, host: string, port: number, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const { passage = () => "open" } = this.#options;
    const way = passage(from ?? NO_ADDRESS, host);
    await this.#roundTrip(way === "silent", signal);
    const accept = way === "open" ? this.#ports.get(`${host} ${port}`) : undefined;
    if (!accept) throw systemError("ECONNREFUSED", `nothing listens at ${host}:${port}`);
    const [near, far] = this.#connect(from, host, port);
    queueMicrotask(() => accept(far));
    return near;
  }

  /** Waits until an answer has come, which is never if the way is silent. */
  async #roundTrip(isSilent: boolean, signal: AbortSignal): Promise<void> {
    const { clock, delay = () => 0 } = this.#options;
    if (clock === undefined && !isSilent) return;
    const answered = new Once<void>();
    const timer = isSilent ? undefined : clock?.after(delay() + delay(), () => answered.resolve());
    const stop = onAbort(signal, (reason) => {
      timer?.cancel();
      answered.reject(reason);
    });
    await answered.promise.finally(stop);
  }

  #connect(from: string | undefined, host: string, port: number): Line["ends"] {
    const { clock, delay = () => 0 } = this.#options;
    const arrivals = () => inOrder(clock, delay);
    const dialler = from ?? NO_ADDRESS;
    const ends = connectedPair(
      { description: `${host}:${port}`, localAddress: from, arrivals: arrivals() },
      { description: `${dialler}:${this.#nextPort++}`, localAddress: host, arrivals: arrivals() },
    );
    const line: Line = { ends, addresses: [dialler, host] };
    this.#lines.add(line);
    const open = new Set(ends);
    for (const end of ends) {
      end.onClose = () => {
        open.delete(end);
        if (open.size === 0) this.#lines.delete(line);
      };
    }
    return ends;
  }

  #listen(address: string, accept: Accept, port: number = this.#nextPort++): Listener {
    const place = `${address} ${port}`;
    if (this.#ports.has(place)) throw systemError("EADDRINUSE", `${address}:${port} is taken`);
    this.#ports.set(place, accept);
    return { port, close: () => void this.#ports.delete(place) };
  }
}

/** Makes an error like those of the system's TCP. Transit turns it into an error of the library. */
function systemError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
