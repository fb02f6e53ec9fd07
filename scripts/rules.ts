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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = plainErrors();
  for (const place of found) console.log(`${place}: throws a plain Error; errors of the library are a WormholeError`);
  process.exitCode = found.length > 0 ? 1 : 0;
}
