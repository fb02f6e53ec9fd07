import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** Most kilobytes, minified and gzipped, that a page loads for a wormhole. The code of dilation is loaded when it is used. */
const BUDGET = 60;

/** Bundles the built library for a page. Returns the code that is loaded first, and what may be loaded later. */
async function bundle(entry: string): Promise<{ first: string; later: string }> {
  const build = await rolldown({ input: entry, platform: "browser", logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", minify: true });
  const chunks = output.flatMap((part) => (part.type === "chunk" ? [part] : []));
  const names = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  // Entries that are added to a set during iteration are visited, too.
  for (const name of names)
    for (const other of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) names.add(other);
  const code = (isFirst: boolean) =>
    chunks.filter(({ fileName }) => names.has(fileName) === isFirst).map(({ code }) => code).join(""); // biome-ignore format: one sentence
  return { first: code(true), later: code(false) };
}

const kilobytes = (code: string) => gzipSync(code, { level: 9 }).length / 1000;

it("the library for a browser contains nothing of Node, and is within its budget", async () => {
  const { first, later } = await bundle("packages/wormhole/dist/index.js");
  const [now, then] = [first, later].map(kilobytes);
  console.log(`library for a browser: ${now?.toFixed(1)} kB of ${BUDGET} kB, and ${then?.toFixed(1)} kB for dilation`);
  expect(first + later).not.toMatch(/["'](?:node:|ws["'])/);
  expect(first).toContain("pake_v1");
  expect(later).toContain("Dilation Handshake");
  expect(now).toBeLessThan(BUDGET);
});
