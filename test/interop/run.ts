/**
 * Tests the built program against other Magic Wormhole programs: `npm run interop`, or `npm run interop:rust` for the
 * Rust program alone. The script installs the programs, makes a network namespace and runs the tests in it. Further
 * arguments go to vitest.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { GO_RELAY, makeNetwork, OWN_NETWORK } from "../support/network.ts";
import { FOUND, type Found, install, type PeerName, peers } from "../support/peers.ts";
import { root } from "../support/programs.ts";

/** In continuous integration, only a missing toolchain of an optional language may cause skipped tests. */
const strict = process.env.CI === "true";
const RUST_TESTS = "test/interop/rust.test.ts";
/** `--built`: the packages have just been built. */
const OPTIONS: ReadonlySet<string> = new Set(["--rust", "--built"]);

function main(args: readonly string[]): number {
  const rust = args.includes("--rust");
  if (!args.includes("--built") && run(["node", "scripts/build.ts"]) !== 0) return 1;
  const found = install(rust ? ["rust", "python"] : ["python", "python-old", "fowl", "go"]);
  report(found);
  if (strict && [...found.values()].some((peer) => "missing" in peer && !peer.excused)) return 1;
  const files = rust ? [RUST_TESTS] : ["--exclude", RUST_TESTS];
  const tests = ["vitest", "run", "--project", "interop", ...files, ...args.filter((arg) => !OPTIONS.has(arg))];
  const status = inOwnNetwork(tests, { [FOUND]: JSON.stringify([...found]) });
  report(found, "missing");
  return status;
}

/** Runs a command in the checkout, and returns its exit code. */
function run(command: readonly string[], env: NodeJS.ProcessEnv = {}): number {
  const [program = "", ...args] = command;
  const path = `${join(root, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  const options = { cwd: root, env: { ...process.env, PATH: path, ...env }, stdio: "inherit" } as const;
  return spawnSync(program, args, options).status ?? 1;
}

function report(found: ReadonlyMap<PeerName, Found>, only?: "missing"): void {
  for (const [name, peer] of found) {
    const { title } = peers[name];
    if ("missing" in peer) console.error(`peers: ${title} is missing, its tests are skipped: ${peer.missing}`);
    else if (!only) console.error(`peers: ${title} is ready: ${peer.program}`);
  }
}

/**
 * Runs a command in new network and mount namespaces, with one address, and with a hosts file that leads the relay of
 * the Go program to this machine. Where namespaces are forbidden, the command runs without, and tests that need them
 * are skipped.
 */
function inOwnNetwork(command: readonly string[], env: NodeJS.ProcessEnv): number {
  const unshare = ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), "--net", "--mount"];
  const folder = mkdtempSync(join(tmpdir(), "interop-hosts-"));
  const hosts = join(folder, "hosts");
  try {
    writeFileSync(hosts, `${readFileSync("/etc/hosts", "utf8")}\n127.0.0.1 ${GO_RELAY.host}\n`);
    const prepare = [...makeNetwork, `mount --bind '${hosts}' /etc/hosts`].join(" && ");
    if (spawnSync(unshare[0] ?? "", [...unshare.slice(1), "sh", "-c", prepare]).status !== 0) {
      console.error("interop: this machine cannot make a network namespace; tests that need one are skipped");
      return run(command, env);
    }
    return run([...unshare, "sh", "-c", `${prepare} && exec "$@"`, "sh", ...command], { ...env, [OWN_NETWORK]: "1" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

process.exitCode = main(process.argv.slice(2));
