/**
 * Compiles every package, then bundles the servers and the program `wormhole`.
 *
 * A server is bundled from its sources together with those of `packages/internal`, so that its package works alone. The
 * program is bundled because a few files load faster than a hundred.
 */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, rmSync } from "node:fs";
import { build } from "rolldown";

const isWindows = process.platform === "win32";
const run = (command: string, ...args: string[]) =>
  execFileSync(`node_modules/.bin/${command}${isWindows ? ".cmd" : ""}`, args, { stdio: "inherit", shell: isWindows });

/** Packages whose modules are compiled one by one. */
const COMPILED = ["packages/wormhole", "packages/cli"];
const SERVERS = ["packages/mailbox-server", "packages/transit-relay"];

/** Removes what was compiled from sources that are gone: it would be published. */
function removeStale(folder: string): void {
  const files = globSync(`${folder}/dist/**/*.{js,d.ts,map}`).map((path) => path.replaceAll("\\", "/"));
  for (const file of files.filter((path) => !path.startsWith("packages/cli/dist/program/"))) {
    const source = file.replace("/dist/", "/src/").replace(/\.(?:js|d\.ts)$/, ".ts");
    if (!existsSync(source)) rmSync(file);
  }
}

/** Writes `dist/index.js` (the library), `dist/main.js` (the program) and what they share. */
async function bundleServer(folder: string): Promise<void> {
  for (const stale of globSync(`${folder}/dist/*.{js,d.ts,map}`)) rmSync(stale);
  await build({
    input: { index: `${folder}/src/index.ts`, main: `${folder}/src/main.ts` },
    platform: "node",
    external: [/^node:/, "commander", "ws"],
    output: { dir: `${folder}/dist`, format: "esm", chunkFileNames: "[name].js" },
  });
}

COMPILED.forEach(removeStale);
for (const folder of SERVERS) await bundleServer(folder);
run("tsc", "-b", ...COMPILED, ...SERVERS);
run("rolldown", "-c", "packages/cli/rolldown.config.js");
