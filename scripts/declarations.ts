/** Reads the public declarations of the built packages from their `.d.ts` files: names, docstrings, examples, signatures. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** One thing that a program can import from. */
export interface Entry {
  /** As in `import … from "@wormhole-ts/wormhole/node"`. */
  readonly specifier: string;
  /** The path of its declarations, relative to the root. */
  readonly file: string;
}

/** What can be imported from a package, as its `exports` say. */
function entriesOf(folder: string): Entry[] {
  const manifest: Manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
  return Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === "string"
      ? []
      : [{ specifier: join(manifest.name, path).replaceAll("\\", "/"), file: join(folder, target.types) }],
  );
}

/** The part of a package.json that is used here. */
interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

export const LIBRARY: readonly Entry[] = entriesOf("packages/wormhole");
export const MAILBOX_SERVER: readonly Entry[] = entriesOf("packages/mailbox-server");
export const TRANSIT_RELAY: readonly Entry[] = entriesOf("packages/transit-relay");

/** A public name and everything that its declaration has to say. */
export interface Declared {
  readonly name: string;
  /** Where it can be imported from. */
  readonly specifier: string;
  /** The docstring without examples, as Markdown. */
  readonly doc: string;
  /** The code of each `@example`. */
  readonly examples: readonly string[];
  /** As in the `.d.ts` file, with the docstrings of members; overloads stand together. */
  readonly declaration: string;
  /** Types of the same module, or imported by it from this package, that the declaration names. */
  readonly mentions: readonly string[];
}

/** All public names of an entry, in the order in which it exports them. */
export function declaredBy({ specifier, file }: Entry): Declared[] {
  const path = join(root, file);
  if (!existsSync(path)) throw new Error(`${file} is missing: run npm run build`);
  return exportsOf(readFileSync(path, "utf8")).flatMap(({ list, from }) => {
    const module = readFileSync(join(dirname(path), from.replace(/\.(?:ts|js)$/, ".d.ts")), "utf8");
    const names = list === "*" ? declaredIn(module) : listed(list);
    return names.map((name) => declared(name, specifier, module));
  });
}

function exportsOf(text: string): { list: string; from: string }[] {
  const pattern = /export (?:type )?(\*|\{[^}]*\}) from "([^"]+)"/g;
  return [...text.matchAll(pattern)].map(([, list = "", from = ""]) => ({ list, from }));
}

function listed(list: string): string[] {
  return list
    .slice(1, -1)
    .split(",")
    .flatMap((part) => part.replace(/\btype\b/, "").trim() || []);
}

const DECLARATION = /^export (?:declare )?(?:abstract )?(?:interface|class|function|const|type) (\w+)/gm;

function declaredIn(module: string): string[] {
  return [...new Set([...module.matchAll(DECLARATION)].map(([, name]) => name ?? ""))];
}

function declared(name: string, specifier: string, module: string): Declared {
  const starts = [...module.matchAll(DECLARATION)].filter(([, other]) => other === name).map(({ index }) => index);
  if (starts.length === 0) throw new Error(`${name} is exported, but not declared in the module that it comes from`);
  const docs = starts.map((start) => splitDoc(docBefore(module, start)));
  const declaration = starts.map((start) => declarationAt(module, start)).join("\n");
  return {
    name,
    specifier,
    doc: docs.flatMap(({ text }) => text || []).join("\n\n"),
    examples: docs.flatMap(({ examples }) => examples),
    declaration,
    mentions: mentioned(declaration, module).filter((other) => other !== name),
  };
}

function docBefore(module: string, start: number): string {
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(module.slice(0, start))?.[1] ?? "";
  const lines = comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  return lines.join("\n").trim();
}

/** Takes the examples out of a docstring. An example ends at the next tag; fences around it are left out. */
function splitDoc(doc: string): { text: string; examples: string[] } {
  const [first = "", ...parts] = doc.split(/^@example\b/m);
  const texts = [first];
  const examples = parts.map((part) => {
    const [code = "", ...rest] = part.split(/^(?=@(?:param|returns|throws|see|typeParam|default)\b)/m);
    texts.push(...rest);
    return code.replace(/^[^\n]*```\w*\n|^```\s*$/gm, "").trim();
  });
  return { text: asMarkdown(texts.join("").trim()), examples };
}

/** Tags become a list, and links become code. */
function asMarkdown(doc: string): string {
  return doc
    .replaceAll(/\{@link ([^}]+)\}/g, "`$1`")
    .replaceAll(/^@throws \{(\w+)\}/gm, "- Throws `$1`")
    .replaceAll(/^@throws/gm, "- Throws")
    .replaceAll(/^@param (\w+)(?: -)?/gm, "- `$1`:")
    .replaceAll(/^@returns/gm, "- Returns")
    .replaceAll(/^(?!- )(\S.*)\n(?=- (?:Throws|Returns|`))/gm, "$1\n\n");
}

/** Ends at the brace that closes a block, or else at the semicolon. Comments are passed over, whatever they contain. */
function declarationAt(module: string, start: number): string {
  const hasBlock = /^export (?:declare )?(?:abstract )?(?:interface|class)/.test(module.slice(start, start + 40));
  let depth = 0;
  for (let i = start; i < module.length; i++) {
    if (module.startsWith("/**", i)) i = module.indexOf("*/", i) + 1;
    const character = module[i] ?? "";
    if ("{([".includes(character)) depth++;
    if (")]}".includes(character)) depth--;
    const isEnd = hasBlock ? character === "}" : character === ";";
    if (isEnd && depth === 0) return tidy(module.slice(start, i + 1));
  }
  return tidy(module.slice(start));
}

/** Private fields are left out. */
function tidy(declaration: string): string {
  const lines = declaration.replace(/^export (?:declare )?/, "").split("\n");
  return lines.filter((line) => !/^\s*(?:#private|private .*);$/.test(line)).join("\n");
}

/** A declaration without comments. */
export function withoutComments(declaration: string): string {
  return declaration.replace(/\n?[ \t]*\/\*\*(?:(?!\*\/)[\s\S])*\*\//g, "").replace(/^\n+/, "");
}

/** The members of a declaration that have no words of their own. */
export function wordless(declaration: string): string[] {
  const lines = declaration.split("\n");
  return lines.flatMap((line, index) => {
    const [, name] = /^ {4}(?:readonly |static |get )*([\w$[\].]+)\??[(:<]/.exec(line) ?? [];
    const isFollowing = (lines[index - 1] ?? "").startsWith(`    ${name}(`);
    const hasWords = /\*\/\s*$/.test(lines[index - 1] ?? "");
    return name === undefined || name === "constructor" || hasWords || isFollowing ? [] : [name];
  });
}

function mentioned(declaration: string, module: string): string[] {
  const imported = [...module.matchAll(/^import (?:type )?\{([^}]*)\} from "[.#][^"]*"/gm)].flatMap(([, list = ""]) =>
    listed(`{${list}}`),
  );
  const local = [...module.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type) (\w+)/gm)];
  const candidates = new Set([...imported, ...local.map(([, name]) => name ?? "")]);
  const words =
    withoutComments(declaration)
      .replace(/"[^"]*"/g, "")
      .match(/\b[A-Za-z_]\w*\b/g) ?? [];
  return [...new Set(words)].filter((word) => candidates.has(word));
}
