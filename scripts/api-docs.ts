/**
 * Writes docs/api.md from the declarations of the built library: `npm run docs`. Every word in it stands at the thing
 * that it explains.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "packages/wormhole/dist");

const ENTRIES = [
  { name: "@wormhole-ts/wormhole", file: "index.d.ts", about: "Everywhere: Node, Bun, Deno, browsers." },
  { name: "@wormhole-ts/wormhole/node", file: "node.d.ts", about: "What needs files or a terminal." },
  { name: "@wormhole-ts/wormhole/testing", file: "testing.d.ts", about: "For tests of what is built on wormholes." },
];

/** One public name: what is said of it, and how it is declared. */
export interface Documented {
  readonly name: string;
  readonly doc: string;
  readonly declaration: string;
}

/** All public names of an entry, in the order in which it gives them. */
export function publicNames(entry: string): Documented[] {
  const file = join(dist, entry);
  const text = readFileSync(file, "utf8");
  const found: Documented[] = [];
  for (const [, list, from = ""] of text.matchAll(/export (?:type )?(\*|\{[^}]*\}) from "([^"]+)"/g)) {
    const module = readFileSync(join(dirname(file), from.replace(/\.(?:ts|js)$/, ".d.ts")), "utf8");
    const names = list === "*" ? declaredIn(module) : listed(list ?? "");
    for (const name of names) found.push(documented(name, module));
  }
  return found;
}

function listed(list: string): string[] {
  return list
    .slice(1, -1)
    .split(",")
    .flatMap((part) => part.replace(/\btype\b/, "").trim() || []);
}

function declaredIn(module: string): string[] {
  return [...module.matchAll(DECLARATION)].map(([, name]) => name ?? "");
}

const DECLARATION = /^export (?:declare )?(?:abstract )?(?:interface|class|function|const|type) (\w+)/gm;

/** Overloads of a function stand together, each with its own words. */
function documented(name: string, module: string): Documented {
  const starts = [...module.matchAll(DECLARATION)].filter(([, other]) => other === name).map(({ index }) => index);
  if (starts.length === 0) throw new Error(`${name} is exported, but not declared where it comes from`);
  const docs = starts.map((start) => docBefore(module, start)).filter((doc) => doc !== "");
  return { name, doc: docs.join("\n\n"), declaration: starts.map((start) => declarationAt(module, start)).join("\n") };
}

function docBefore(module: string, start: number): string {
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(module.slice(0, start))?.[1] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  return lines
    .join("\n")
    .trim()
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`");
}

/** Up to the brace that closes it, or the semicolon that ends it. */
function declarationAt(module: string, start: number): string {
  let depth = 0;
  for (let i = start; i < module.length; i++) {
    const character = module[i] ?? "";
    if ("{([".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    const block =
      character === "}" &&
      depth === 0 &&
      /^export (?:declare )?(?:abstract )?(?:interface|class)/.test(module.slice(start, start + 40));
    if (block || (character === ";" && depth === 0)) return tidy(module.slice(start, i + 1));
  }
  return tidy(module.slice(start));
}

/** Private fields are nobody's business. */
function tidy(declaration: string): string {
  const lines = declaration.replace(/^export (?:declare )?/, "").split("\n");
  return lines.filter((line) => !/^\s*#private;$/.test(line)).join("\n");
}

/** The whole page. */
export function apiPage(): string {
  const parts = ENTRIES.map(({ name, file, about }) => {
    const names = publicNames(file).map(
      ({ name, doc, declaration }) => `### ${name}\n\n${doc}\n\n\`\`\`ts\n${declaration}\n\`\`\`\n`,
    );
    return `## \`${name}\`\n\n${about}\n\n${names.join("\n")}`;
  });
  return `# API reference\n\nMade from the sources by \`npm run docs\`; a test compares them.\n\n${parts.join("\n")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(join(root, "docs/api.md"), apiPage());
