/**
 * A private Tor network on loopback: three authorities and two exits, with Tor's own settings for tests. A client that
 * has the authorities in its configuration is connected about 15 seconds after the start.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lacks } from "./debian.ts";

/** An authority, which is a relay as well. */
interface Authority {
  readonly name: string;
  readonly orPort: number;
  readonly dirPort: number;
  readonly line: string;
}

const AUTHORITIES = 3;
const EXITS = 2;

/** The settings of a small and fast network, in which a new relay is trusted at once. */
const TESTING = `
TestingTorNetwork 1
AssumeReachable 1
Address 127.0.0.1
PathsNeededToBuildCircuits 0.25
TestingDirAuthVoteExit *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
V3AuthNIntervalsValid 2
__OwningControllerProcess ${process.pid}
`;

const AUTHORITY = `
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo test@example.com
ExitPolicy reject *:*
SocksPort 0
TestingV3AuthInitialVotingInterval 5
TestingV3AuthInitialVoteDelay 2
TestingV3AuthInitialDistDelay 2
V3AuthVotingInterval 300
V3AuthVoteDelay 2
V3AuthDistDelay 2
`;

/** The settings of an exit that connects to this machine, where the servers of the test are. */
const EXIT = `
ExitRelay 1
ExitPolicyRejectPrivate 0
ExitPolicy accept *:*
ContactInfo test@example.com
SocksPort 0
`;

export class TorNetwork {
  readonly folder = mkdtempSync(join(tmpdir(), "private-tor-"));
  readonly #processes: ChildProcess[] = [];
  #authorities = "";

  /** Returns the reason why this machine cannot have such a network, or undefined if it can. */
  static missing(): string | undefined {
    return lacks("tor", "tor") ?? lacks("tor-gencert", "tor");
  }

  static async start(): Promise<TorNetwork> {
    const network = new TorNetwork();
    const ports = await freePorts(2 * AUTHORITIES + EXITS);
    const authorities = Array.from({ length: AUTHORITIES }, (_, at) =>
      network.#authority(`authority${at}`, ports[2 * at] ?? 0, ports[2 * at + 1] ?? 0),
    );
    network.#authorities = authorities.map(({ line }) => line).join("\n");
    for (const { name, orPort, dirPort } of authorities) {
      network.run(name, `Nickname ${name}\nORPort 127.0.0.1:${orPort}\nDirPort 127.0.0.1:${dirPort}${AUTHORITY}`);
    }
    for (const [at, orPort] of ports.slice(2 * AUTHORITIES).entries()) {
      network.run(`exit${at}`, `Nickname exit${at}\nORPort 127.0.0.1:${orPort}${EXIT}`);
    }
    return network;
  }

  /** The part of a configuration with which a Tor belongs to this network. */
  get settings(): string {
    return `${TESTING}${this.#authorities}\n`;
  }

  /** Starts one Tor of this network. */
  run(name: string, configuration: string): void {
    const home = this.#home(name);
    const torrc = join(home, "torrc");
    writeFileSync(
      torrc,
      `DataDirectory ${home}\nLog notice file ${join(home, "log")}\n${this.settings}${configuration}`,
    );
    this.#processes.push(spawn("tor", ["-f", torrc, "--defaults-torrc", join(home, "none"), "--quiet"]));
  }

  /** Reads a file that a Tor of this network has written. */
  read(name: string, file: string): string {
    return readFileSync(join(this.folder, name, file), "utf8");
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (child) => {
        if (child.exitCode !== null) return;
        child.kill("SIGKILL");
        await once(child, "exit");
      }),
    );
    rmSync(this.folder, { recursive: true });
  }

  #home(name: string): string {
    const home = join(this.folder, name);
    mkdirSync(join(home, "keys"), { recursive: true, mode: 0o700 });
    return home;
  }

  /** Makes the keys of an authority, and returns its line for the configurations of others. */
  #authority(name: string, orPort: number, dirPort: number): Authority {
    const home = this.#home(name);
    const keys = ["-i", "authority_identity_key", "-s", "authority_signing_key", "-c", "authority_certificate"];
    const address = `127.0.0.1:${dirPort}`;
    const make = ["--create-identity-key", "--passphrase-fd", "0", "-m", "12", "-a", address, ...keys];
    execFileSync("tor-gencert", make, { cwd: join(home, "keys"), input: "\n", stdio: ["pipe", "ignore", "ignore"] });
    const [, identity] = /^fingerprint (\S+)$/m.exec(this.read(name, "keys/authority_certificate")) ?? [];
    writeFileSync(join(home, "torrc"), "");
    const list = ["-f", join(home, "torrc"), "--list-fingerprint", "--orport", "1", "--datadirectory", home];
    execFileSync("tor", [...list, "--nickname", name, "--quiet"], { stdio: "ignore" });
    const [, fingerprint] = this.read(name, "fingerprint").trim().split(" ");
    return {
      name,
      orPort,
      dirPort,
      line: `DirAuthority ${name} orport=${orPort} v3ident=${identity} ${address} ${fingerprint}`,
    };
  }
}

/** Returns ports that are free at the moment. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
