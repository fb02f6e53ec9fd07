/**
 * Tries the packages as other people's projects use them: `npm run consumers`, after a build. Packs the tarballs, installs them
 * into fresh projects outside of the checkout, and runs a table of runtimes, installers, bundlers, test runners and versions of
 * TypeScript. The tools are installed once, into `~/.cache/wormhole-consumers`, which needs a registry.
 *
 *     npm run consumers                   all rows
 *     npm run consumers -- webpack PnP    the rows with these words
 */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { openWorkshop } from "./consumers/project.ts";
import { ROWS, type Row, type Scene } from "./consumers/rows.ts";
import { root } from "./consumers/tools.ts";

/** Starts a mailbox server in memory. Returns its address, and a function that ends it. */
async function serve(): Promise<{ url: string; stop: () => void }> {
  const program = join(root, "packages/cli/bin/wormhole.js");
  const args = [program, "serve", "--memory", "--mailbox-port", "0", "--relay-port", "0"];
  const server = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  return new Promise((resolve, reject) => {
    server.once("exit", () => reject(new Error(`the server has not started: ${output}`)));
    server.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const [, url] = /^mailbox (ws:\S+)$/m.exec(output) ?? [];
      if (url !== undefined) resolve({ url, stop: () => server.kill() });
    });
  });
}

function attempt(row: Row, scene: Scene): boolean {
  const start = performance.now();
  const seconds = () => `${Math.round((performance.now() - start) / 1000)} s`;
  try {
    const note = row.run(scene);
    console.log(`pass  ${row.group}: ${row.name} ${note && `(${note.trim()})`} ${seconds()}`);
    return true;
  } catch (error) {
    console.log(`FAIL  ${row.group}: ${row.name} ${seconds()}`);
    console.log(
      String(error instanceof Error ? error.message : error)
        .replaceAll(/^/gm, "      ")
        .slice(0, 3000),
    );
    return false;
  }
}

async function main(words: readonly string[]): Promise<number> {
  const chosen = ROWS.filter(({ group, name }) => words.every((word) => `${group}: ${name}`.includes(word)));
  const workshop = openWorkshop("registry");
  const server = await serve();
  try {
    const results = chosen.map((row) => attempt(row, { workshop, env: { RELAY_URL: server.url } }));
    const failed = results.filter((passed) => !passed).length;
    console.log(`\n${results.length - failed} passed, ${failed} failed`);
    return failed > 0 || results.length === 0 ? 1 : 0;
  } finally {
    server.stop();
    rmSync(workshop.folder, { recursive: true });
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
