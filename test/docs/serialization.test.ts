/** The example of docs/serialization.md does what it says. It runs against the built package, as a reader would run it. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { createWormhole } from "@wormhole-ts/wormhole";
import { expect, onTestFinished, test } from "vitest";
import { launch } from "../interop/processes.ts";
import { root } from "../interop/programs.ts";

test("a program that is killed goes on from its checkpoint, and says each message once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "serialization-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using server = await startMailboxServer();
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  symlinkSync(join(root, "packages/wormhole"), join(folder, "node_modules/@wormhole-ts/wormhole"));
  copyFileSync(join(root, "examples/store.ts"), join(folder, "store.ts"));
  const page = readFileSync(join(root, "docs/serialization.md"), "utf8");
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(page) ?? [];
  writeFileSync(join(folder, "example.ts"), example.replaceAll(/ws:[^"]+/g, server.url));

  await using peer = createWormhole({ appId: "example.com/saved", relayUrl: server.url });
  peer.setCode("4-purple-sausages");
  for (const word of ["one", "two", "three"]) {
    const program = launch([process.execPath, "example.ts"], { cwd: folder });
    peer.sendMessage(new TextEncoder().encode(word));
    await program.says(new RegExp(`^${word}$`, "m"));
    process.kill(program.pid, "SIGKILL");
    const { stdout } = await program.ended;
    expect(stdout).toBe(`${word}\n`);
  }
  const { memory } = JSON.parse(readFileSync(join(folder, "state.json"), "utf8")) as { memory: object };
  expect(memory).toEqual({ messages: ["one", "two", "three"] });
});
