/**
 * Writes the column "Proved by" of docs/python-api.md from the marks in the tests: `// proves: api/NAME`. Part of
 * `npm run docs`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { marks, type Proof } from "../test/docs/marks.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export const pythonApiPage = join(root, "docs/python-api.md");

/** The page with its last column made anew. */
export function withProofs(page: string): string {
  const proofs = marks();
  return page.replace(/^(\| `([\w-]+)` \|.*\|) [^|]* \|$/gm, (_, row: string, name: string) => {
    const found = proofs.get(`api/${name}`) ?? [];
    return `${row} ${found.map(proofText).join("; ")} |`;
  });
}

/** File and title of a test, with a link to the file. */
function proofText({ file, line }: Proof): string {
  const below = readFileSync(join(root, file), "utf8")
    .split("\n")
    .slice(line, line + LINES_OF_A_TITLE);
  const short = file.replace("packages/wormhole/test/", "");
  const title = titleIn(below.join("\n"))
    .replaceAll("|", "\\|")
    .replaceAll(/\$\{.*?\}|[<>*_]/g, "…");
  return `[${short}](../${file}) "${title}"`;
}

/** The lines below a mark in which the title begins: tables of cases may stand before it. */
const LINES_OF_A_TITLE = 12;

/** A text in quotes, of any kind. */
const QUOTED = /(["`'])((?:\\.|(?!\1).)+)\1/;

/** The title of the test that begins here: of a test, of a table's test, of a case in a table, or of a machine's proof. */
function titleIn(code: string): string {
  const places = [
    /^\s*(?:it|describe)(?:\.concurrent)?\(\s*/,
    /^\s*\w+\.each\b[\s\S]*?\)\(\s*/,
    /^\s*\]?\)\(\s*/,
    /^[^"]*?\bname: /,
    /^/,
  ];
  for (const place of places) {
    const start = place.exec(code)?.[0].length;
    const quoted = start === undefined ? null : QUOTED.exec(code.slice(start));
    if (quoted !== null) return quoted[2] ?? "";
  }
  return "";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(pythonApiPage, withProofs(readFileSync(pythonApiPage, "utf8")));
}
