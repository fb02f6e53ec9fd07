/** The existing Magic Wormhole programs that ours is tested against, at fixed versions. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { alone, cacheFolder } from "./cache.ts";
import { buildGo, buildRust, hasPythonPackages, installPython, MissingToolchainError } from "./recipes.ts";

export type PeerName = "python" | "python-old" | "fowl" | "go" | "rust";

/** A peer that can be run, or why not; `excused` when the machine lacks the toolchain of an optional language. */
export type Found = { readonly program: string } | { readonly missing: string; readonly excused: boolean };

interface Peer {
  readonly title: string;
  /** Below the cache folder. */
  readonly program: string;
  /** Whether a machine may lack its toolchain even where everything has to be tested. */
  readonly optional: boolean;
  installed(): boolean;
  install(): void;
}

function pythonPeer(title: string, folder: string, packages: readonly string[], program = "wormhole"): Peer {
  return {
    title,
    program: `${folder}/bin/${program}`,
    optional: false,
    installed: () => hasPythonPackages(folder, packages),
    install: () => installPython(folder, packages),
  };
}

/** `--version` of a program, or an empty string. */
const versionOf = (program: string) =>
  spawnSync(join(cacheFolder, program), ["--version"], { encoding: "utf8" }).stdout ?? "";

export const peers: Readonly<Record<PeerName, Peer>> = {
  /** With what dilation needs, and with both reference servers. */
  python: pythonPeer("Python 0.24", "py", [
    "magic-wormhole==0.24.0",
    "noiseprotocol==0.3.1",
    "magic-wormhole-mailbox-server==0.8.0",
    "magic-wormhole-transit-relay==0.5.0",
  ]),
  /** What Debian 12 ships, its dependencies held at the versions of its own time. */
  "python-old": pythonPeer("Python 0.12", "py-old", [
    "magic-wormhole==0.12.0",
    "twisted==22.4.0",
    "setuptools<81",
    "autobahn<24",
    "attrs<24",
  ]),
  /** Forwards TCP ports over dilation; this is the program that is steered by lines of JSON. */
  fowl: pythonPeer("fowl 26.8", "py-fowl", ["fowl==26.8.0", "magic-wormhole==0.24.0", "noiseprotocol==0.3.1"], "fowld"),
  go: {
    title: "Go 1.0.8",
    program: "go/wormhole-william",
    optional: true,
    installed: () => versionOf("go/wormhole-william").includes("v1.0.8"),
    install: () => buildGo("v1.0.8"),
  },
  rust: {
    title: "Rust 0.8.1",
    program: "rust/bin/wormhole-rs",
    optional: true,
    installed: () => versionOf("rust/bin/wormhole-rs").includes("0.8.1"),
    install: () => buildRust("0.8.1"),
  },
};

/** Installs what is not there yet. Never throws for a peer that cannot be had: the answer says why. */
export function install(names: readonly PeerName[]): Map<PeerName, Found> {
  return alone(() => new Map(names.map((name) => [name, installOne(peers[name])])));
}

function installOne(peer: Peer): Found {
  try {
    if (!peer.installed()) {
      console.error(`peers: installing ${peer.title} into ${cacheFolder}`);
      peer.install();
    }
    return { program: join(cacheFolder, peer.program) };
  } catch (error) {
    const excused = peer.optional && error instanceof MissingToolchainError;
    return { missing: error instanceof Error ? error.message : String(error), excused };
  }
}

/** The environment variable in which `run.ts` tells the tests what it has installed. */
export const FOUND = "WORMHOLE_PEERS";

/** The peers as `run.ts` has found them; when the tests are run without it, what happens to be in the cache. */
export function found(name: PeerName): Found {
  const told = process.env[FOUND];
  if (told) return new Map<PeerName, Found>(JSON.parse(told)).get(name) ?? absent;
  return peers[name].installed() ? { program: join(cacheFolder, peers[name].program) } : absent;
}

const absent: Found = { missing: "not installed; `npm run interop` installs the peers", excused: true };
