/**
 * Draws every machine of the library from its table: `npm run diagrams` writes the drawings into the SPEC.md files,
 * `npm run diagrams -- --check` only compares them.
 *
 * A table says for each pair of state and event whether anything happens. To which states a transition leads is read
 * from its source, by following every value that it may return.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Sources } from "./diagrams/sources.ts";
import { targetsOf } from "./diagrams/targets.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const library = join(root, "packages/wormhole/src");

/** A machine as it is drawn: the events that lead from one state to another. */
export interface Drawing {
  readonly name: string;
  /** The absolute path of its source. */
  readonly file: string;
  readonly states: readonly string[];
  readonly events: readonly string[];
  /** Events from state to state, in the order of the table. Events that change nothing are left out. */
  readonly arrows: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

type Rows = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Every machine of the library, by file and name. */
export async function drawings(): Promise<Drawing[]> {
  const sources = new Sources();
  const files = globSync("**/*.ts", { cwd: library }).sort();
  const found: Drawing[] = [];
  for (const file of files.map((name) => join(library, name))) {
    const names = [...readFileSync(file, "utf8").matchAll(/^export const (\w+) = machine</gm)].map(
      ([, name = ""]) => name,
    );
    if (names.length === 0) continue;
    const module: Record<string, { table: Rows }> = await import(pathToFileURL(file).href);
    for (const name of names) {
      const table = module[name]?.table;
      if (table !== undefined) found.push(draw(name, file, table, sources));
    }
  }
  return found;
}

function draw(name: string, file: string, table: Rows, sources: Sources): Drawing {
  const states = Object.keys(table);
  const arrows = new Map<string, Map<string, string[]>>();
  for (const [at, row] of Object.entries(table)) {
    for (const [on, cell] of Object.entries(row)) {
      if (typeof cell !== "function") continue;
      for (const target of targetsOf(cell as (...given: never[]) => unknown, at, file, sources)) {
        if (!states.includes(target)) throw new Error(`${name}: ${at}, ${on} leads to "${target}", which is no state`);
        const from = arrows.get(at) ?? new Map<string, string[]>();
        arrows.set(at, from.set(target, [...(from.get(target) ?? []), on]));
      }
    }
  }
  return { name, file, states, events: Object.keys(Object.values(table)[0] ?? {}), arrows };
}

/** The drawing in the language of Mermaid. */
export function mermaid({ states, arrows }: Drawing): string {
  const lines = [...arrows].flatMap(([from, targets]) =>
    [...targets].map(([to, events]) => `  ${from} --> ${to}: ${events.join(", ")}`),
  );
  return ["```mermaid", "stateDiagram-v2", ...states.map((state) => `  ${state}`), ...lines, "```"].join("\n");
}

/** Puts the drawings between the marks of a page. */
export function withDrawings(page: string, all: readonly Drawing[]): string {
  return page.replace(
    /(<!-- diagram: (\w+) -->\n)[\s\S]*?(<!-- end diagram -->)/g,
    (_, start: string, name: string, end: string) => {
      const drawing = all.find((each) => each.name === name);
      if (drawing === undefined) throw new Error(`a page wants a drawing of "${name}", which is no machine`);
      return `${start}${mermaid(drawing)}\n${end}`;
    },
  );
}

async function main(onlyCheck: boolean): Promise<number> {
  const all = await drawings();
  let stale = 0;
  for (const name of globSync("**/SPEC.md", { cwd: library })) {
    const file = join(library, name);
    const page = readFileSync(file, "utf8");
    const drawn = withDrawings(page, all);
    if (drawn === page) continue;
    stale++;
    if (onlyCheck) console.error(`${relative(root, file)} is not what the tables say: run npm run diagrams`);
    else writeFileSync(file, drawn);
  }
  console.log(`${all.length} machines, ${stale} pages ${onlyCheck ? "out of date" : "written"}`);
  return onlyCheck && stale > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.includes("--check"));
