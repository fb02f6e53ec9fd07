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
  const below = readFileSync(join(root, file), "utf8").split("\n").slice(line);
  const title = /(["`'])((?:\\.|(?!\1).)+)\1/.exec(below.slice(0, 6).join("\n"))?.[2] ?? "";
  const short = file.replace("packages/wormhole/test/", "");
  return `[${short}](../${file}): ${title.replaceAll("|", "\\|").replaceAll(/\$\{.*?\}|[<>*_]/g, "…")}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(pythonApiPage, withProofs(readFileSync(pythonApiPage, "utf8")));
}
