/** Compiles every package, then bundles the programs: one file to load makes a command start in a blink. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

const bin = (name: string) => `node_modules/.bin/${name}`;
const run = (command: string, ...args: string[]) => execFileSync(command, args, { stdio: "inherit" });

run(bin("tsc"), "-b", "packages/wormhole", "packages/mailbox-server", "packages/transit-relay", "packages/cli");
if (existsSync("packages/cli/rolldown.config.js")) run(bin("rolldown"), "-c", "packages/cli/rolldown.config.js");
