/** Rules for the sources that no linter has: `node scripts/rules.ts`. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Every line that throws a plain `Error`, as `path:line`. Errors of the library are a `WormholeError` with a code. */
export function plainErrors(): string[] {
  const files = globSync("packages/wormhole/src/**/*.ts", { cwd: root }).toSorted();
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, index) => (/\bthrow new Error\(/.test(line) ? [`${file}:${index + 1}`] : [])),
  );
}

/** Every TypeScript file that does not begin with a comment. The first comment says what lives in the file. */
export function withoutFirstComment(): string[] {
  const files = globSync("{packages,test,scripts,bench,examples}/**/*.ts", {
    cwd: root,
    exclude: (path) => /(?:^|\/)(?:node_modules|dist)(?:\/|$)/.test(path),
  }).toSorted();
  return files.filter((file) => !readFileSync(join(root, file), "utf8").startsWith("/**"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = [
    ...plainErrors().map((place) => `${place}: throws a plain Error; errors of the library are a WormholeError`),
    ...withoutFirstComment().map((file) => `${file}: begins without a comment that says what lives in it`),
  ];
  for (const line of found) console.log(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
