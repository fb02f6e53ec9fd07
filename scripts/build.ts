/** Compiles every package, then bundles the command line into few files, so that it starts quickly. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, rmSync } from "node:fs";

const isWindows = process.platform === "win32";
const run = (command: string, ...args: string[]) =>
  execFileSync(`node_modules/.bin/${command}${isWindows ? ".cmd" : ""}`, args, { stdio: "inherit", shell: isWindows });

const PACKAGES = ["wormhole", "mailbox-server", "transit-relay", "cli"].map((name) => `packages/${name}`);

/** Packages whose modules are compiled one by one. */
const COMPILED = ["packages/wormhole", "packages/cli"];

/** Removes what was compiled from sources that are gone: it would be published. */
function removeStale(folder: string): void {
  const files = globSync(`${folder}/dist/**/*.{js,d.ts,map}`).map((path) => path.replaceAll("\\", "/"));
  for (const file of files.filter((path) => !path.startsWith("packages/cli/dist/program/"))) {
    const source = file.replace("/dist/", "/src/").replace(/\.(?:js|d\.ts)$/, ".ts");
    if (!existsSync(source)) rmSync(file);
  }
}

COMPILED.forEach(removeStale);
run("tsc", "-b", ...PACKAGES);
run("rolldown", "-c", "packages/cli/rolldown.config.js");
