/** The installation of each peer below the cache folder. `peers.ts` decides which ones and which versions. */
import { spawnSync } from "node:child_process";
import { closeSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "./cache.ts";

/** This machine lacks a tool that an installation needs. */
export class MissingToolchainError extends Error {}

/** The first file with this name on the PATH. */
export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

function need(tool: string, reason: string): void {
  if (!onPath(tool)) throw new MissingToolchainError(`\`${tool}\` is not on the PATH, ${reason}`);
}

/** Runs a command with its output in a log file. @throws {Error} with the path of the log, if the command fails */
function run(log: string, command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}) {
  mkdirSync(join(cacheFolder, "log"), { recursive: true });
  const file = join(cacheFolder, "log", `${log}.log`);
  const output = openSync(file, "a");
  const { status } = spawnSync(command, args, { ...options, stdio: ["ignore", output, output] });
  closeSync(output);
  if (status !== 0) throw new Error(`\`${command} ${args[0] ?? ""}\` failed, see ${file}`);
}

/** Makes a virtual environment with these packages, each as `name==version` or as a bound for a dependency. */
export function installPython(folder: string, packages: readonly string[]): void {
  need("python3", "which the Python programs need");
  const environment = join(cacheFolder, folder);
  run(folder, "python3", ["-m", "venv", "--clear", environment]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  run(folder, join(environment, "bin", "python"), [...pip, ...packages]);
}

/** Whether an environment has all packages that are pinned with `==`. */
export function hasPythonPackages(folder: string, packages: readonly string[]): boolean {
  const script =
    "import importlib.metadata as m, sys; sys.exit(any(m.version(p) != v for p, v in (a.split('==') for a in sys.argv[1:])))";
  const pinned = packages.filter((name) => name.includes("=="));
  return spawnSync(join(cacheFolder, folder, "bin", "python"), ["-c", script, ...pinned]).status === 0;
}

const GOSPAKE2 = "salsa.debian.org/vasudev/gospake2";
const GOSPAKE2_PACKAGE = "golang-debian-vasudev-gospake2-dev";

/**
 * Builds the Go program. The version stands in a module file of ours, because `go install` needs a list of versions,
 * which not every module proxy has. One dependency is on a host that proxies may not serve; it comes from Debian.
 */
export function buildGo(version: string): void {
  need("go", "which builds wormhole-william");
  const build = join(cacheFolder, "go-build");
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  cpSync(gospake2Source(build), join(build, "gospake2"), { recursive: true });
  writeFileSync(
    join(build, "gospake2", "go.mod"),
    `module ${GOSPAKE2}\ngo 1.20\nrequire golang.org/x/crypto v0.31.0\n`,
  );
  const module = "github.com/psanford/wormhole-william";
  const requirements = `require ${module} ${version}\nreplace ${GOSPAKE2} => ./gospake2\n`;
  writeFileSync(join(build, "go.mod"), `module peers\ngo 1.20\n${requirements}`);
  run("go", "go", ["build", "-mod=mod", "-o", join(cacheFolder, "go", "wormhole-william"), module], { cwd: build });
}

/** The folder with the sources of gospake2: installed by Debian, or unpacked from its package beside the build. */
function gospake2Source(build: string): string {
  const installed = join("/usr/share/gocode/src", GOSPAKE2);
  if (existsSync(installed)) return installed;
  for (const tool of ["apt-get", "dpkg-deb"]) need(tool, `which fetches ${GOSPAKE2_PACKAGE} for wormhole-william`);
  download(build);
  const [archive] = readdirSync(build).filter((name) => name.endsWith(".deb"));
  run("go", "dpkg-deb", ["-x", join(build, archive ?? ""), join(build, "debian")]);
  return join(build, "debian", installed);
}

function download(folder: string): void {
  const fetch = () => run("go", "apt-get", ["download", GOSPAKE2_PACKAGE], { cwd: folder });
  try {
    fetch();
  } catch {
    run("go", "apt-get", ["update", "--quiet"]); // a new machine has no package lists yet
    fetch();
  }
}

/** Builds the Rust program, which takes about three minutes on two cores. */
export function buildRust(version: string): void {
  need("cargo", "which builds magic-wormhole-cli");
  const target = join(cacheFolder, "cargo-target");
  const args = ["install", "magic-wormhole-cli", "--version", version, "--locked", "--root", join(cacheFolder, "rust")];
  run("cargo", "cargo", args, { env: { ...process.env, CARGO_TARGET_DIR: target } });
  rmSync(target, { recursive: true, force: true });
}
