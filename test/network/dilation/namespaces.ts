/**
 * Two machines and a router between them, made of network namespaces. The first machine's addresses can change, and the
 * router can drop packets. Servers run on the second machine, which keeps its address.
 */
import { spawnSync } from "node:child_process";
import { onTestFinished } from "vitest";
import { lacks } from "../debian.ts";

/** One subnet for each machine. The router has number 1 in both. */
const CLIENT_NET = "10.91.0";
const SERVER_NET = "10.92.0";
const MASK = 24;
/** The priority of the router's dropping rules, which come before all others. */
const SWALLOW_PRIORITY = 100;

let made = 0;

export class Machines {
  /** The address of the second machine. */
  readonly server = `${SERVER_NET}.2`;
  readonly #name = `dilation-${process.pid}-${made++}`;
  /** The client's ports of connections that the router drops. */
  readonly #swallowed = new Set<string>();
  #number = 2;

  /** Returns the reason why namespaces cannot be made here, or undefined if they can. */
  static missing(): string | undefined {
    const missing = lacks("ip", "iproute2");
    if (missing !== undefined) return missing;
    const name = `dilation-${process.pid}-probe`;
    const result = spawnSync("ip", ["netns", "add", name], { encoding: "utf8" });
    spawnSync("ip", ["netns", "del", name]);
    return result.status === 0 ? undefined : `network namespaces cannot be made: ${result.stderr.trim()}`;
  }

  /** Makes the machines. They are removed after the test. */
  constructor() {
    onTestFinished(() => {
      for (const machine of ["client", "router", "server"] as const)
        spawnSync("ip", ["netns", "del", this.#of(machine)]);
    });
    for (const machine of ["client", "router", "server"] as const) {
      run("ip", "netns", "add", this.#of(machine));
      // Otherwise, the system's own IPv6 packets to its neighbours would be counted.
      run("ip", "netns", "exec", this.#of(machine), "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1");
      run("ip", "netns", "exec", this.#of(machine), "sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1");
      this.#ip(machine, "link", "set", "lo", "up");
    }
    this.#cable("client", CLIENT_NET);
    this.#cable("server", SERVER_NET);
    run("ip", "netns", "exec", this.#of("router"), "sysctl", "-qw", "net.ipv4.ip_forward=1");
    this.#take(this.#address);
    this.#ip("server", "addr", "add", `${this.server}/${MASK}`, "dev", "cable");
    this.#ip("server", "route", "add", "default", "via", `${SERVER_NET}.1`);
  }

  /** Returns the beginning of a command that runs another one on this machine. */
  within(machine: "client" | "server"): [string, ...string[]] {
    return ["ip", "netns", "exec", this.#of(machine)];
  }

  /** Removes the client's address. */
  unplug(): void {
    this.#ip("client", "addr", "flush", "dev", "cable");
  }

  /** Gives the client an additional address that it never had. */
  plugIn(): void {
    this.#number++;
    this.#take(this.#address);
  }

  /** Drops all packets of the present connections, or of those to a port. New connections work. */
  swallow(port?: number): void {
    for (const [client, server] of this.#ports()) {
      // A connection that was dropped before may still try to send.
      if (this.#swallowed.has(client) || (port !== undefined && server !== `${port}`)) continue;
      this.#swallowed.add(client);
      this.#ip("router", "rule", "add", ...swallowing(client, server));
      this.#ip("router", "rule", "add", ...swallowing(server, client));
    }
  }

  /** Prevents direct connections: only these ports of the second machine can be reached, and none of the first. */
  allowOnly(ports: readonly number[]): void {
    for (const port of ports) {
      this.#ip("router", "rule", "add", "priority", "90", "ipproto", "tcp", "dport", `${port}`, "lookup", "main");
      this.#ip("router", "rule", "add", "priority", "90", "ipproto", "tcp", "sport", `${port}`, "lookup", "main");
    }
    this.#ip("router", "rule", "add", "priority", "95", "ipproto", "tcp", "blackhole");
  }

  /** Reverts {@link allowOnly}. */
  allowAll(): void {
    this.#ip("router", "rule", "del", "priority", "95");
  }

  /** Returns the addresses and ports at which programs on this machine listen. */
  listeners(machine: "client" | "server"): string[] {
    const { stdout } = run(...this.within(machine), "ss", "-Htln");
    return stdout.split("\n").flatMap((line) => line.split(/\s+/)[3] ?? []);
  }

  /** Number of packets that the client has sent over any interface, including loopback. */
  get packets(): number {
    const { stdout } = run("ip", "-n", this.#of("client"), "-s", "-j", "link", "show");
    const links: { stats64: { tx: { packets: number } } }[] = JSON.parse(stdout);
    return links.reduce((sum, { stats64 }) => sum + stats64.tx.packets, 0);
  }

  get #address(): string {
    return `${CLIENT_NET}.${this.#number}`;
  }

  #of(machine: "client" | "router" | "server"): string {
    return `${this.#name}-${machine}`;
  }

  #take(address: string): void {
    this.#ip("client", "addr", "add", `${address}/${MASK}`, "dev", "cable");
    this.#ip("client", "route", "replace", "default", "via", `${CLIENT_NET}.1`);
  }

  #cable(machine: "client" | "server", net: string): void {
    const other = ["peer", "name", "cable", "netns", this.#of(machine)];
    this.#ip("router", "link", "add", machine, "type", "veth", ...other);
    this.#ip("router", "addr", "add", `${net}.1/${MASK}`, "dev", machine);
    this.#ip("router", "link", "set", machine, "up");
    this.#ip(machine, "link", "set", "cable", "up");
  }

  /** Returns both ports of each connection between the machines, the client's port first. */
  #ports(): [client: string, server: string][] {
    const { stdout } = run("ip", "netns", "exec", this.#of("client"), "ss", "-Htn", "state", "established");
    return stdout
      .split("\n")
      .map((line) => [...line.matchAll(/:(\d+)(?=\s|$)/g)].map(([, port = ""]) => port))
      .filter((ports): ports is [string, string] => ports.length === 2);
  }

  #ip(machine: "client" | "router" | "server", ...args: string[]): void {
    run("ip", "-n", this.#of(machine), ...args);
  }
}

function swallowing(from: string, to: string): string[] {
  return ["priority", `${SWALLOW_PRIORITY}`, "ipproto", "tcp", "sport", from, "dport", to, "blackhole"];
}

function run(program: string, ...args: string[]) {
  const result = spawnSync(program, args, { encoding: "utf8" });
  if (result.status === 0) return result;
  throw new Error(`${program} ${args.join(" ")}: ${result.stderr.trim() || result.error?.message}`);
}
