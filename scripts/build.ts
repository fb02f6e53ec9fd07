/**
 * Compiles every package, then bundles the servers and the program `wormhole`.
 *
 * A server is bundled from its sources together with those of `packages/internal`, so that its package works alone. The
 * program is bundled because one file loads faster than a hundred.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { build } from "rolldown";

const bin = (name: string) => `node_modules/.bin/${name}`;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: "inherit" });

/** Writes `dist/index.js` (the library) and `dist/main.js` (the program) of a server. */
async function bundleServer(name: string): Promise<void> {
  const folder = `packages/${name}`;
  await build({
    input: { index: `${folder}/src/index.ts`, main: `${folder}/src/main.ts` },
    platform: "node",
    external: [/^node:/, "commander", "ws"],
    output: { dir: `${folder}/dist`, format: "esm", chunkFileNames: "[name].js" },
  });
}

for (const name of ["mailbox-server", "transit-relay"]) await bundleServer(name);
run(bin("tsc"), "-b", "packages/wormhole", "packages/mailbox-server", "packages/transit-relay", "packages/cli");
if (existsSync("packages/cli/rolldown.config.js")) run(bin("rolldown"), "-c", "packages/cli/rolldown.config.js");
