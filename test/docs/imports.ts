/** Which part of the house really leans on which, read from the imports of the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));
const library = join(packages, "wormhole/src");

/** Packages as others name them. */
const names: Readonly<Record<string, string>> = {
  "@wormhole-ts/wormhole": "face",
  "@wormhole-ts/wormhole/node": "face",
  "@wormhole-ts/mailbox-server": "mailbox-server",
  "@wormhole-ts/transit-relay": "transit-relay",
};

/** Every `FROM --> TO` between two parts. Imports of types do not count: nothing runs because of them. */
export function edges(): string[] {
  const found = new Set<string>();
  for (const [file, imports] of sources()) {
    for (const target of imports) {
      const [from, to] = [partOf(file), names[target] ?? partOf(target)];
      if (from !== to) found.add(`${from} --> ${to}`);
    }
  }
  return [...found].sort();
}

/** Absolute paths of all sources, with what each imports: absolute paths, or names of packages of ours. */
function sources(withTypes = false): Map<string, string[]> {
  const files = ["wormhole", "cli", "mailbox-server", "transit-relay", "internal"].flatMap((name) => {
    const folder = join(packages, name, "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => join(folder, file));
  });
  return new Map(files.filter((file) => file.endsWith(".ts")).map((file) => [file, importsOf(file, withTypes)]));
}

const IMPORT = /^(?:import|export)\s+(?:([^;]*?)\s+from\s+)?"([^"]+)";/gm;

function importsOf(file: string, withTypes: boolean): string[] {
  const text = readFileSync(file, "utf8");
  const targets = [...text.matchAll(IMPORT)].flatMap(([, what = "", from = ""]) =>
    !withTypes && onlyTypes(what) ? [] : from,
  );
  return targets.flatMap((from) => {
    if (from.startsWith(".")) return join(dirname(file), from);
    return from === "#platform" ? join(library, "platform/node.ts") : from in names ? from : [];
  });
}

/** `type { A, B }` or `{ type A, type B }` */
const onlyTypes = (what: string) => /^type\b/.test(what) || /^\{(?:\s*type\s[^,}]+,?)+\s*\}$/.test(what);

/** What the library's package exports. */
const ENTRIES = ["index.ts", "node.ts", "testing.ts"];

/** The part a file belongs to: its package; in the library its folder, or its own name if it stands in none. */
function partOf(file: string): string {
  const [name = "", , first = ""] = relative(packages, file).split("/");
  if (name !== "wormhole") return name;
  return ENTRIES.includes(first) ? "face" : first.replace(/\.ts$/, "");
}

/** Files of a package that import each other in a circle, imports of types included: each circle sorted by name. */
export function circles(): string[][] {
  const imports = sources(true);
  const reached = new Map([...imports.keys()].map((file) => [file, reachedFrom(file, imports)]));
  const found = new Map<string, string[]>();
  for (const [file, others] of reached) {
    if (!others.has(file)) continue;
    const circle = [...others].filter((other) => reached.get(other)?.has(file)).sort();
    found.set(
      circle.join(),
      circle.map((each) => relative(packages, each)),
    );
  }
  return [...found.values()];
}

function reachedFrom(start: string, imports: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const todo = [...(imports.get(start) ?? [])];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    todo.push(...(imports.get(file) ?? []));
  }
  return found;
}

/** Every `FROM --> TO` between two rooms inside of one folder, such as `dilation/wire --> dilation/streams`. */
export function roomEdges(): string[] {
  const found = new Set<string>();
  for (const [file, imports] of sources()) {
    for (const target of imports) {
      const [from = "", to = ""] = [file, target].map((path) => relative(library, dirname(path)));
      if (from !== to && dirname(from) === dirname(to) && from.includes("/")) found.add(`${from} --> ${to}`);
    }
  }
  return [...found].sort();
}
