/** The sources of the library as syntax trees, with the functions and constants of each module by name. */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A node of the tree, as far as it is looked at here. */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** A module: what its names stand for. */
export interface Module {
  readonly file: string;
  /** Functions, and the values of constants. */
  readonly names: ReadonlyMap<string, Node>;
  /** Where names of other modules come from. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
}

export class Sources {
  readonly #modules = new Map<string, Module>();
  readonly #texts = new Map<string, string>();

  module(file: string): Module {
    const known = this.#modules.get(file);
    if (known !== undefined) return known;
    const module = read(file, this.#text(file));
    this.#modules.set(file, module);
    return module;
  }

  /** The module in which a function was written: the given one, or one of those that it imports. */
  home(text: string, file: string): Module {
    const all = [file, ...[...this.module(file).imports.values()].map((from) => from.file)];
    return this.module(all.find((each) => this.#text(each).includes(text)) ?? file);
  }

  #text(file: string): string {
    const known = this.#texts.get(file);
    if (known !== undefined) return known;
    const text = stripTypeScriptTypes(readFileSync(file, "utf8"));
    this.#texts.set(file, text);
    return text;
  }
}

function read(file: string, text: string): Module {
  const names = new Map<string, Node>();
  const imports = new Map<string, { file: string; name: string }>();
  for (const statement of (parseAst(text) as unknown as { body: Node[] }).body) {
    if (statement.type === "ImportDeclaration") addImports(statement, dirname(file), imports);
    else addNames((statement.declaration as Node | null | undefined) ?? statement, names);
  }
  return { file, names, imports };
}

function addImports(statement: Node, folder: string, imports: Map<string, { file: string; name: string }>): void {
  const from = (statement.source as { value: string }).value;
  if (!from.startsWith(".")) return;
  for (const { local, imported } of statement.specifiers as {
    local: { name: string };
    imported?: { name: string };
  }[]) {
    imports.set(local.name, { file: join(folder, from), name: imported?.name ?? local.name });
  }
}

function addNames(statement: Node, names: Map<string, Node>): void {
  if (statement.type === "FunctionDeclaration") names.set((statement.id as { name: string }).name, statement);
  if (statement.type !== "VariableDeclaration") return;
  for (const { id, init } of statement.declarations as { id: Node; init: Node | null }[]) {
    if (id.type === "Identifier" && init !== null) names.set(id.name as string, init);
  }
}

/** The function in a text that JavaScript gives of it: an expression, or a method in short form. */
export function parseFunction(text: string): Node {
  const isMethod = /^(?!function\b|async\b)[\w$]+\s*\(/.test(text);
  const wrapped = isMethod ? `({ ${text} })` : `(${text})`;
  const [statement] = (parseAst(wrapped) as unknown as { body: { expression: Node }[] }).body;
  let node = statement?.expression as Node;
  while (node.type === "ParenthesizedExpression") node = node.expression as Node;
  return isMethod ? ((node.properties as { value: Node }[])[0]?.value as Node) : node;
}
