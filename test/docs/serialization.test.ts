/** Runs the examples of docs/serialization.md against the built package, as a reader would. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { createWormhole } from "@wormhole-ts/wormhole";
import { expect, it, onTestFinished } from "vitest";
import { launch } from "../support/processes.ts";
import { root } from "../support/programs.ts";

const page = readFileSync(join(root, "docs/serialization.md"), "utf8");
const examples = [...page.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code = ""]) => code);
const example = (mark: string) => examples.find((each) => each.includes(mark)) ?? "";

/** A folder in which programs can import our packages. */
function workshop(): string {
  const folder = mkdtempSync(join(tmpdir(), "serialization-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  for (const name of ["wormhole", "mailbox-server"])
    symlinkSync(join(root, "packages", name), join(folder, "node_modules/@wormhole-ts", name));
  copyFileSync(join(root, "examples/store.ts"), join(folder, "store.ts"));
  return folder;
}

it("a program that is killed goes on from its checkpoint, and prints each message once", async () => {
  const folder = workshop();
  await using server = await startMailboxServer();
  writeFileSync(join(folder, "example.ts"), example("Store").replaceAll(/ws:[^"]+/g, server.url));

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

it("a save that takes time reads the state at once, and encrypts it", async () => {
  const folder = workshop();
  const program = `
    import { CheckpointJournal, createWormhole, decryptState, encryptState } from "@wormhole-ts/wormhole";
    const [key, memory] = [new Uint8Array(32).fill(7), ["mine"]];
    const write = async ({ wormhole, memory }) => {
      const { format } = await decryptState(wormhole, key);
      console.log(JSON.stringify({ format, memory }));
      process.exit();
    };
    const journal = ${example("encryptState")}
    const wormhole = createWormhole({ appId: "x", relayUrl: "ws://127.0.0.1:1/v1", delegate: {}, journal });`;
  writeFileSync(join(folder, "example.mjs"), program);
  const { stdout, stderr } = await launch([process.execPath, "example.mjs"], { cwd: folder }).ended;
  expect(stdout, stderr).toBe(`${JSON.stringify({ format: 2, memory: '["mine"]' })}\n`);
});

it("a mailbox server keeps unused mailboxes as long as it is told", async () => {
  const folder = workshop();
  const program = `
    import { startMailboxServer } from "@wormhole-ts/mailbox-server";
    ${example("startMailboxServer")}
    console.log("it serves");
    process.exit();`;
  writeFileSync(join(folder, "example.mjs"), program);
  const { stdout, stderr } = await launch([process.execPath, "example.mjs"], { cwd: folder }).ended;
  expect(stdout, stderr).toBe("it serves\n");
});
