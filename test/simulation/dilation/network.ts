/** The network between the machines: it decides whether a dial succeeds, and makes the connections. */
import type { Connection } from "../../../packages/wormhole/src/net/connection.ts";
import type { Chance } from "../chance.ts";
import type { Fate } from "./fate.ts";
import { Line } from "./line.ts";
import type { Machine } from "./machine.ts";
import type { Tally } from "./tally.ts";
import type { Timeline } from "./timeline.ts";

/** Milliseconds after which a system gives up dialling an address that does not answer. */
const DIAL_TIMEOUT = 127_000;

/** The outcome of dialling: no answer, a refusal, or a connection. */
export type Passage = "open" | "silent" | "refused";

export interface Rules {
  /** Decides what happens to a connection between two machines. */
  fate(from: Machine, to: Machine): Fate;
  /** Whether nothing more happens to connections. */
  readonly healed: boolean;
  /** Whether one machine can dial the other. */
  passage(from: Machine, to: Machine): Passage;
}

export interface NetworkOptions {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly rules: Rules;
  readonly log: (line: string) => void;
  readonly tally: Tally;
}

export class Network {
  readonly lines: Line[] = [];
  readonly #machines: Machine[] = [];
  readonly #options: NetworkOptions;
  #nextPort = 50_000;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  add(machine: Machine): void {
    this.#machines.push(machine);
  }

  /** Cuts every connection, as the restart of a router does. */
  cutAll(silently: boolean): void {
    for (const line of this.lines) {
      if (silently) line.silence();
      else line.reset();
    }
  }

  dial(from: Machine, host: string, port: number, signal: AbortSignal): Promise<Connection> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { time, chance, rules, log } = this.#options;
    // An address that both machines have leads to the machine itself.
    const to = from.addresses.includes(host) ? from : this.#machines.find(({ addresses }) => addresses.includes(host));
    const passage = to === undefined ? chance.pick<Passage>(["silent", "refused"]) : this.#passage(from, to, port);
    const fate = to && rules.fate(from, to);
    const wait = passage === "silent" ? DIAL_TIMEOUT : 2 * (fate?.latency ?? chance.number(1_000));
    from.dials++;
    log(`${from.name} dials ${address(host, port)}: ${passage}`);
    return new Promise((resolve, reject) => {
      const abort = () => {
        forget();
        from.dials--;
        reject(signal.reason);
      };
      const forget = time.after(
        wait,
        () => {
          signal.removeEventListener("abort", abort);
          from.dials--;
          const connection = to && fate && this.#connect(from, to, { host, port, fate, passage });
          if (connection) resolve(connection);
          else reject(passage === "silent" ? failure("ETIMEDOUT", host, port) : failure("ECONNREFUSED", host, port));
        },
        from,
      );
      signal.addEventListener("abort", abort);
    });
  }

  #passage(from: Machine, to: Machine, port: number): Passage {
    const passage = from === to ? "open" : this.#options.rules.passage(from, to);
    return passage === "open" && !to.ports.has(port) ? "refused" : passage;
  }

  #connect(
    from: Machine,
    to: Machine,
    { host, port, fate, passage }: { host: string; port: number; fate: Fate; passage: Passage },
  ): Connection | undefined {
    const accept = to.ports.get(port);
    const there = from === to || (to.addresses.includes(host) && from.addresses.length > 0);
    if (passage !== "open" || !accept || !there) return undefined;
    const source = this.#options.chance.pick(from.addresses);
    const line = new Line(
      { ...this.#options, fate },
      { place: from, description: address(host, port), localAddress: source, allowHalfOpen: from.allowHalfOpen },
      {
        place: to,
        description: address(source, this.#nextPort++),
        localAddress: host,
        allowHalfOpen: to.allowHalfOpen,
      },
    );
    this.lines.push(line);
    if (this.#options.rules.healed) fate.accidents.splice(0);
    this.#options.tally.note("connection");
    this.#options.log(`${line.name}: connected, ${JSON.stringify(fate)}`);
    const [near, far] = line.ends;
    line.soon(0, 1, () => accept(far));
    return near;
  }
}

function address(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function failure(code: string, host: string, port: number): Error {
  return Object.assign(new Error(`connect ${code} ${host}:${port}`), { code });
}
