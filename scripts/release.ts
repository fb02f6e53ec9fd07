/**
 * Releases the version that the packages have: `npm run release`, in continuous integration, because only there
 * `npm publish --provenance` can prove where a package comes from. `npm run release -- --dry-run` shows what would be done and
 * changes nothing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** In the order in which they are published: a package comes after those that it needs. */
const PACKAGES = ["wormhole", "mailbox-server", "transit-relay", "cli"].map((name) => `packages/${name}`);
const OURS = /^(?:@wormhole-ts\/.+|wormhole-ts)$/;

/** A place in the project that states a version of the packages. */
export interface Stated {
  readonly place: string;
  readonly version: string;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** Every place that states a version, in the project in `root`. */
export function statedVersions(root: string): Stated[] {
  const read = (path: string) => readFileSync(join(root, path), "utf8");
  const lock: { packages: Record<string, { version?: string }> } = JSON.parse(read("package-lock.json"));
  return PACKAGES.flatMap((folder) => {
    const manifest: Manifest = JSON.parse(read(`${folder}/package.json`));
    const needed = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    const source = `${folder}/src/version.ts`;
    const constant = existsSync(join(root, source)) ? /VERSION = "([^"]+)"/.exec(read(source))?.[1] : undefined;
    return [
      { place: `${folder}/package.json`, version: manifest.version },
      { place: `package-lock.json (${folder})`, version: lock.packages[folder]?.version ?? "missing" },
      ...(existsSync(join(root, source)) ? [{ place: source, version: constant ?? "missing" }] : []),
      ...needed.flatMap(([name, version]) =>
        OURS.test(name) ? [{ place: `${folder}/package.json, dependency ${name}`, version }] : [],
      ),
    ];
  });
}

const section = (title: string) => new RegExp(`^## ${title.replaceAll(".", "\\.")}\\b.*\\n+(?!## )\\S`, "m");

/** Why the project in `root` cannot be released. Empty if it can. */
export function obstacles(root: string): string[] {
  const [first, ...others] = statedVersions(root);
  const version = first?.version ?? "";
  const different = others.filter((other) => other.version !== version);
  const changes = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const hasChanges = section("Unreleased").test(changes) || section(version).test(changes);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
  return [
    ...(git("status", "--porcelain") === "" ? [] : ["The work tree is not clean: commit or stash first."]),
    ...(git("tag", "--list", `v${version}`) === "" ? [] : [`v${version} has been released: set a new version.`]),
    ...different.map(({ place, version: other }) => `${place} states ${other}, but ${first?.place} states ${version}.`),
    ...(hasChanges ? [] : [`CHANGELOG.md has no section "Unreleased" or "${version}" with a text.`]),
  ];
}

/** The commands of a release, after the change of CHANGELOG.md. */
export function commands(version: string): string[][] {
  return [
    ["npm", "test"],
    ["git", "commit", "--all", "--message", `Release: ${version}, as described in the list of changes`],
    ["git", "tag", "--annotate", `v${version}`, "--message", `Version ${version}`],
    ...PACKAGES.map((folder) => ["npm", "publish", "--provenance", "--access", "public", "--workspace", folder]),
    ["git", "push", "--follow-tags"],
  ];
}

/** Gives the section of unreleased changes its version and date. */
export function dated(changes: string, version: string, date: string): string {
  return changes.replace(/^## Unreleased$/m, `## ${version} (${date})`);
}

function main(dryRun: boolean): number {
  const root = process.cwd();
  const version = statedVersions(root)[0]?.version ?? "";
  const found = obstacles(root);
  for (const obstacle of found) console.log(`obstacle: ${obstacle}`);
  const date = new Date().toISOString().slice(0, 10);
  console.log(`${dryRun ? "would change" : "changing"} CHANGELOG.md: "Unreleased" becomes "${version} (${date})"`);
  if (dryRun) {
    for (const command of commands(version)) console.log(`would run: ${command.join(" ")}`);
  } else if (found.length === 0) {
    const file = join(root, "CHANGELOG.md");
    writeFileSync(file, dated(readFileSync(file, "utf8"), version, date));
    for (const [program = "", ...args] of commands(version)) {
      const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" });
      if (status !== 0) return status ?? 1;
    }
  }
  return found.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.includes("--dry-run"));
