/** A simulated machine. The connections between machines are made in network.ts. */
import type { Connection, Listener, StreamNetwork } from "../../../packages/wormhole/src/net/connection.ts";
import { MachineClock } from "./clock.ts";
import type { End, Place } from "./end.ts";
import type { Network } from "./network.ts";
import type { Timeline } from "./timeline.ts";

export type Accept = (connection: Connection) => void;

/** A machine: its addresses, ports, connections and clock. */
export class Machine implements Place {
  readonly name: string;
  readonly clock: MachineClock;
  readonly ends = new Set<End>();
  readonly ports = new Map<number, Accept>();
  mostUnsent = 0;
  /** Number of connections that are being dialled. */
  dials = 0;
  addresses: string[];
  asleep = false;
  dead = false;
  missed: (() => void)[] = [];
  /** Whether programs on this machine cannot listen. */
  closed = false;
  /** Whether sockets here may be half open, as those of a relay are. */
  allowHalfOpen = false;
  readonly #time: Timeline;
  readonly #network: Network;
  #nextPort: number;

  constructor(name: string, addresses: string[], world: { time: Timeline; network: Network; firstPort: number }) {
    this.name = name;
    this.addresses = addresses;
    this.clock = new MachineClock(world.time, this);
    this.#time = world.time;
    this.#network = world.network;
    this.#nextPort = world.firstPort;
  }

  /** The network as a program on this machine sees it. */
  get streams(): StreamNetwork {
    return {
      dial: (host, port, { signal }) => this.#network.dial(this, host, port, signal),
      listen: (accept, port) => this.#listen(accept, port),
      addresses: () => [...this.addresses],
    };
  }

  /** Resources that are still in use. A program that has ended must not leave any behind. */
  get leftovers(): string[] {
    return [
      ...[...this.ends].map(({ description }) => `a connection with ${description}`),
      ...[...this.ports.keys()].map((port) => `port ${port}`),
      ...(this.dials > 0 ? [`${this.dials} dials`] : []),
      ...(this.clock.timers > 0 ? [`${this.clock.timers} timers`] : []),
    ];
  }

  /** Changes the addresses. Connections of an address that has disappeared are dead, without notice. */
  move(addresses: string[]): void {
    this.addresses = addresses;
    for (const { localAddress, line } of this.ends)
      if (localAddress !== undefined && !addresses.includes(localAddress)) line.silence();
  }

  /** Removes the machine, without notice to others. */
  die(): void {
    this.dead = true;
    for (const { line } of this.ends) line.silence();
    this.addresses = [];
    this.#time.rest(this, true);
  }

  /** Sleeps for this long. If `suspended`, the clock of the machine stands still during that time. */
  sleep(milliseconds: number, suspended: boolean): void {
    if (this.asleep || this.dead) return;
    this.#time.rest(this, true);
    if (suspended) this.clock.stop();
    this.#time.after(milliseconds, () => {
      if (this.dead) return;
      if (suspended) this.clock.go();
      this.#time.rest(this, false);
    });
  }

  async #listen(accept: Accept, port: number = this.#nextPort++): Promise<Listener> {
    await new Promise<void>((resolve) => this.#time.after(1, resolve, this));
    if (this.closed) throw Object.assign(new Error("listen EPERM"), { code: "EPERM" });
    this.ports.set(port, accept);
    return { port, close: () => void this.ports.delete(port) };
  }
}
