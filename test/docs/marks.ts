/** The comments by which tests say what they prove: `// proves: session/one-answer, api/codes-1`. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/programs.ts";

/** A test that proves something. */
export interface Proof {
  /** From the root of the project. */
  readonly file: string;
  readonly line: number;
}

/** Everything that tests claim to prove, with the tests that do. */
export function marks(): Map<string, Proof[]> {
  const found = new Map<string, Proof[]>();
  for (const file of globSync("{packages/*/test,test}/**/*.test.ts", { cwd: root }).sort()) {
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .forEach((text, index) => {
        const names = /^\s*\/\/ proves: (.+)$/.exec(text)?.[1] ?? "";
        for (const name of names.split(/,\s*/).filter(Boolean)) {
          found.set(name, [...(found.get(name) ?? []), { file, line: index + 1 }]);
        }
      });
  }
  return found;
}
