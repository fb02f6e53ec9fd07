import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { expect, it } from "vitest";

/** Kilobytes, minified and gzipped: what a page pays for a wormhole. */
const BUDGET = 60;

/** Bundles the built library as a page would. */
async function bundle(entry: string): Promise<string> {
  const build = await rolldown({ input: entry, platform: "browser", logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  return output.map((part) => (part.type === "chunk" ? part.code : "")).join("");
}

it("the library bundles for a browser, without anything of Node, within its budget", async () => {
  const code = await bundle("packages/wormhole/dist/index.js");
  const kilobytes = gzipSync(code, { level: 9 }).length / 1000;
  console.log(`library for a browser: ${kilobytes.toFixed(1)} kB of ${BUDGET} kB`);
  expect(code).not.toMatch(/["'](?:node:|ws["'])/);
  expect(code).toContain("pake_v1");
  expect(kilobytes).toBeLessThan(BUDGET);
});
