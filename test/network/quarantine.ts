/** A network namespace that drops and counts every packet. A program in it can reach nothing directly. */
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { lacks } from "./debian.ts";

/** The programs that a quarantine needs, and their Debian packages. */
const NEEDED = [
  ["ip", "iproute2"],
  ["nft", "nftables"],
] as const;
/** An address of this machine that the namespace could reach if nothing were dropped. */
const OUTSIDE = "10.211.47.1";
const INSIDE = "10.211.47.2";

let made = 0;

export class Quarantine {
  /** The address of the machine outside. */
  readonly outside = OUTSIDE;
  readonly #name = `wormhole-${process.pid}-${made++}`;
  readonly #cable = `wh${process.pid % 100_000}v${made}`;

  /** Returns the reason why this machine cannot have a quarantine, or undefined if it can. */
  static missing(): string | undefined {
    for (const [program, debianPackage] of NEEDED) {
      const missing = lacks(program, debianPackage);
      if (missing !== undefined) return missing;
    }
    try {
      new Quarantine([]).close();
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  }

  /** @param allowed TCP ports of the namespace's own loopback that may be used, and are not counted */
  constructor(allowed: readonly number[]) {
    run("ip", "netns", "add", this.#name);
    try {
      run("ip", "link", "add", this.#cable, "type", "veth", "peer", "name", "cable", "netns", this.#name);
      run("ip", "addr", "add", `${OUTSIDE}/30`, "dev", this.#cable);
      run("ip", "link", "set", this.#cable, "up");
      this.#inside("ip", "link", "set", "lo", "up");
      this.#inside("ip", "addr", "add", `${INSIDE}/30`, "dev", "cable");
      this.#inside("ip", "link", "set", "cable", "up");
      this.#inside("ip", "route", "add", "default", "via", OUTSIDE);
      this.#inside("nft", rules(allowed));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The beginning of a command that runs inside. The socket of the system's Tor is hidden there. */
  get within(): string[] {
    const script = 'mkdir -p /run/tor && mount -t tmpfs none /run/tor; exec "$@"';
    return ["ip", "netns", "exec", this.#name, "sh", "-c", script, "sh"];
  }

  /** Counts the packets of any kind that were on their way out since the namespace was made. */
  get packets(): number {
    const { stdout } = this.#inside("nft", "list counter inet gate direct");
    return Number(/packets (\d+)/.exec(stdout)?.[1]);
  }

  close(): void {
    spawnSync("ip", ["netns", "del", this.#name]);
  }

  #inside(program: string, ...args: string[]): SpawnSyncReturns<string> {
    return run("ip", "netns", "exec", this.#name, program, ...args);
  }
}

/** Returns the rules. ICMPv6 is dropped uncounted, because the system itself sends it to its neighbours. */
function rules(allowed: readonly number[]): string {
  const ports = `{ ${allowed.join(", ")} }`;
  const exceptions = allowed.length === 0 ? "" : `oif lo tcp dport ${ports} accept; oif lo tcp sport ${ports} accept;`;
  return `table inet gate {
    counter direct { }
    chain out {
      type filter hook output priority 0; policy drop;
      meta l4proto ipv6-icmp drop
      ${exceptions.replaceAll("; ", "\n")}
      counter name direct drop
    }
  }`;
}

function run(program: string, ...args: string[]): SpawnSyncReturns<string> {
  const result = spawnSync(program, args, { encoding: "utf8" });
  if (result.status === 0) return result;
  throw new Error(`${program} ${args.slice(0, 3).join(" ")}: ${result.stderr.trim() || result.error?.message}`);
}
