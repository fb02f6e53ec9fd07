/** Terminals that go away, signals that are ignored, output that cannot be written, and keys that come too early. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listedNameplates } from "../support/nameplates.ts";
import { hasTerminals, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

const TYPED = { inTerminal: true, staysOpen: true };
const DEAF = ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh"];

describe.skipIf(!hasTerminals)("at a terminal", () => {
  it("a sender whose terminal goes away gives its number back", async () => {
    const sender = servers.wormhole(["send", "--code", "41-guitarist-revenge", "--text", "x"], TYPED);
    await sender.says(/wormhole receive 41-/, "stdout");
    expect(await listedNameplates(servers.mailbox.url)).toContain("41");
    sender.child.kill("SIGKILL");
    await expect.poll(() => listedNameplates(servers.mailbox.url)).not.toContain("41");
  });

  it("Enter that was pressed before the question accepts nothing", async () => {
    const receiver = servers.wormhole(["receive", "42-guitarist-revenge"], TYPED);
    await receiver.says(/Waiting for sender/, "stdout");
    receiver.types("\r\ry");
    const sender = servers.wormhole(["send", "--code", "42-guitarist-revenge", import.meta.filename]);
    await receiver.says(/ok\? \(Y\/n\): /, "stdout");
    await after(300);
    expect(receiver.stdout).toMatch(/ok\? \(Y\/n\): $/);
    receiver.types("n\r");
    expect((await receiver.outcome).status).toBe(1);
    expect((await sender.outcome).status).toBe(1);
  });

  it("a paste of several lines is one text", async () => {
    const sender = servers.wormhole(["send"], TYPED);
    await sender.says(/Text to send: /, "stdout");
    await after(200);
    sender.types("dear friend,\rtouch X\rbye");
    const [, code = ""] = await sender.says(/wormhole receive (\S+)/, "stdout");
    const receiver = servers.wormhole(["receive", code]);
    expect((await receiver.outcome).stdout.toString()).toBe("dear friend,\ntouch X\nbye");
    await sender.outcome;
  });
});

describe("behind nohup", () => {
  it("a sender outlives the hang-up", async () => {
    const sender = servers.wormhole(["send", "--code", "43-guitarist-revenge", "--text", "x"], { within: DEAF });
    await sender.code();
    sender.child.kill("SIGHUP");
    const receiver = servers.wormhole(["receive", "43-guitarist-revenge"]);
    expect((await receiver.outcome).stdout.toString()).toBe("x");
    expect((await sender.outcome).status).toBe(0);
  });
});

describe.skipIf(process.platform !== "linux")("a full disk", () => {
  const LAUNCHER = fileURLToPath(new URL("../../packages/cli/bin/wormhole.js", import.meta.url));
  /** Runs the program with /dev/full as stdout or stderr, and the other one in a pipe. */
  async function run(args: readonly string[], full: "stdout" | "stderr") {
    const fd = openSync("/dev/full", "w");
    const child = spawn(process.execPath, [LAUNCHER, ...args], {
      stdio: ["ignore", full === "stdout" ? fd : "pipe", full === "stderr" ? fd : "pipe"],
      env: { PATH: process.env.PATH, ...servers.env },
    });
    let text = "";
    (full === "stdout" ? child.stderr : child.stdout)?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [status] = await once(child, "close");
    return { status, text };
  }

  it.each([["--version"], ["--help"], ["serve", "--mailbox-port", "0", "--relay-port", "0"]])(
    "under stdout is one sentence: %s",
    async (...args) => {
      expect(
        await run(
          args.filter((arg) => arg !== undefined),
          "stdout",
        ),
      ).toEqual({
        status: 1,
        text: "ERROR: standard output: there is no space left on the disk.\n",
      });
    },
  );

  it("under stdout of a text is an error", async () => {
    const sender = servers.wormhole(["send", "--code", "44-guitarist-revenge", "--text", "x"]);
    await sender.code();
    const { status, text } = await run(["receive", "44-guitarist-revenge"], "stdout");
    expect([status, text]).toEqual([1, expect.stringMatching(/ERROR: [^\n]*no space left[^\n]*\n$/)]);
    await sender.outcome;
  });

  it("under stderr changes nothing", async () => {
    const sender = servers.wormhole(["send", "--code", "45-guitarist-revenge", "--text", "x"]);
    await sender.code();
    expect(await run(["receive", "45-guitarist-revenge"], "stderr")).toEqual({ status: 0, text: "x" });
    expect((await sender.outcome).status).toBe(0);
  });
});
