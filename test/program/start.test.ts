/** The start of the built program: what it loads, and what the launcher prints if nothing is built. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { expect, it } from "vitest";
import { Run } from "./wormhole.ts";

const PROGRAM = new URL("../../packages/cli/dist/program/", import.meta.url);

/** The files that Node reads before the first line runs, by name. */
function staticImports(name: string, found = new Map<string, string>()): Map<string, string> {
  const source = readFileSync(new URL(name, PROGRAM), "utf8");
  found.set(name, source);
  for (const [, next = ""] of source.matchAll(/(?:\bfrom|\bimport)\s*[`"']\.\/([^`"']+)[`"']/g)) {
    if (!found.has(next)) staticImports(next, found);
  }
  return found;
}

it("help loads no cryptography, no servers and no WebSockets", () => {
  const loaded = [...staticImports("main.js").values()].join("");
  expect(loaded.length).toBeLessThan(65_000);
  expect(loaded).not.toMatch(/Sec-WebSocket|expand 32-byte k|CREATE TABLE/i);
});

it.each([["--help"], ["help", "receive"], ["send", "--help"], ["--version"]])(
  "%s %s is written to stdout",
  async (...args) => {
    const { status, stdout, stderr } = await new Run(args.filter((arg) => arg !== undefined)).outcome;
    expect(status).toBe(0);
    expect(stdout.toString()).toMatch(/wormhole/);
    expect(stderr).toBe("");
  },
);

it.each([
  ["ws", false],
  ["wss", true],
])("a %s: URL loads TLS: %s", async (scheme, isLoaded) => {
  const report = "process.on('exit', () => console.error('TLS', process.moduleLoadList.includes('NativeModule tls')))";
  const env = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(report)}` };
  const { stderr } = await new Run(["send", "--text", "x", "--relay-url", `${scheme}://127.0.0.1:9/v1`], { env })
    .outcome;
  expect(stderr).toMatch(new RegExp(`ERROR: .*\nTLS ${isLoaded}\n$`));
});

it("the launcher explains what to do if nothing is built", () => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-launcher-"));
  cpSync(new URL("../../packages/cli/bin", import.meta.url), join(folder, "bin"), { recursive: true });
  const { status, stderr } = spawnSync(process.execPath, [join(folder, "bin", "wormhole.js")], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^wormhole is not built yet: run `npm ci && npm run build`[^\n]*\n$/);
  rmSync(folder, { recursive: true });
});

// With its inspector open, Node would show every code and text to other programs of this user.
it.skipIf(process.platform === "win32")("SIGUSR1 opens no inspector", async () => {
  const server = await startMailboxServer();
  const run = new Run(["receive", "7-guitarist-revenge", "--relay-url", server.url]);
  await run.says(/Waiting for sender/);
  run.child.kill("SIGUSR1");
  setTimeout(() => run.child.kill("SIGINT"), 300);
  const { status, stderr } = await run.outcome;
  expect([status, stderr]).toEqual([130, expect.not.stringContaining("Debugger")]);
  await server.close();
});
