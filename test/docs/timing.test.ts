/** Runs the example of docs/timing.md against the built package, as a reader would. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { expect, it, onTestFinished } from "vitest";
import { launch } from "../support/processes.ts";
import { root } from "../support/programs.ts";

it("a program's own events are in the timing beside those of the wormhole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "timing-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using server = await startMailboxServer();
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  symlinkSync(join(root, "packages/wormhole"), join(folder, "node_modules/@wormhole-ts/wormhole"));
  const page = readFileSync(join(root, "docs/timing.md"), "utf8");
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(page) ?? [];
  writeFileSync(join(folder, "example.ts"), example.replaceAll(/ws:[^"]+/g, server.url));
  const program = launch([process.execPath, "example.ts"], { cwd: folder });
  const line = await program.says(/^(\[.*\])\n/m);
  process.kill(program.pid, "SIGKILL");
  await program.ended;
  const events = JSON.parse(line) as { name: string; stop: number | null; details: object }[];
  expect(events.find(({ name }) => name === "my own work")).toMatchObject({
    stop: expect.any(Number),
    details: { bytes: 17 },
  });
});
