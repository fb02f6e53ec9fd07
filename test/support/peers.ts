/** The other Magic Wormhole programs ("peers") that this one is tested against, in fixed versions. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { alone, cacheFolder } from "./cache.ts";
import { buildGo, buildRust, hasPythonPackages, installPython, MissingToolchainError } from "./recipes.ts";

/** A peer. */
export type PeerName = "python" | "python-old" | "fowl" | "go" | "rust";

/**
 * A program that can run, or the reason why not. It is `excused` if only the toolchain of an optional language is
 * missing.
 */
export type Found = { readonly program: string } | { readonly missing: string; readonly excused: boolean };

interface Peer {
  readonly title: string;
  /** Path below the cache folder. */
  readonly program: string;
  /** Whether its toolchain may be missing even in continuous integration. */
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

/** The output of `--version`, or an empty string. */
const versionOf = (program: string) =>
  spawnSync(join(cacheFolder, program), ["--version"], { encoding: "utf8" }).stdout ?? "";

/** The peers by name. */
export const peers: Readonly<Record<PeerName, Peer>> = {
  /** With the packages that dilation needs, and with both reference servers. */
  python: pythonPeer("Python 0.24", "py", [
    "magic-wormhole==0.24.0",
    "noiseprotocol==0.3.1",
    "magic-wormhole-mailbox-server==0.8.0",
    "magic-wormhole-transit-relay==0.5.0",
  ]),
  /** The version in Debian 12, with dependencies of the same age. */
  "python-old": pythonPeer("Python 0.12", "py-old", [
    "magic-wormhole==0.12.0",
    "twisted==22.4.0",
    "setuptools<81",
    "autobahn<24",
    "attrs<24",
  ]),
  /** Forwards TCP ports over dilation. `fowld` is controlled by lines of JSON. */
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

/** Installs the missing ones of these peers. If that fails, the result has the reason. */
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

/** The environment variable in which `test/interop/run.ts` passes its results to the tests. */
export const FOUND = "WORMHOLE_PEERS";

/** A peer as `test/interop/run.ts` has found it. Without that script, the peer is looked up in the cache. */
export function found(name: PeerName): Found {
  const passed = process.env[FOUND];
  if (passed) return new Map<PeerName, Found>(JSON.parse(passed)).get(name) ?? absent;
  return peers[name].installed() ? { program: join(cacheFolder, peers[name].program) } : absent;
}

const absent: Found = { missing: "not installed; `npm run interop` installs the peers", excused: true };
