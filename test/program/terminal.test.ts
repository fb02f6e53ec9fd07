/** The program in a real terminal. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listedNameplates } from "../support/nameplates.ts";
import { hasTerminals, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let folder: string;
beforeAll(async () => {
  servers = await startServers();
  folder = mkdtempSync(join(tmpdir(), "wormhole-terminal-"));
});
afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

const TYPED = { inTerminal: true, staysOpen: true };
const CODE_PROMPT = /Enter receive wormhole code: /;

describe.skipIf(!hasTerminals)("at a terminal", () => {
  // proves: api/terminal-prompt
  it("Tab completes the number and the words of a code", async () => {
    const sender = servers.wormhole(["send", "--code", "7-guitarist-revenge", "--text", "hello"]);
    await sender.code();
    const receiver = servers.wormhole(["receive"], TYPED);
    await receiver.says(CODE_PROMPT, "stdout");
    // Until the server has sent the list of nameplates, Tab completes nothing.
    const asking = setInterval(() => receiver.types("\t"), 100);
    await receiver.says(/code: .*7-/s, "stdout");
    clearInterval(asking);
    receiver.types("guit\t");
    await receiver.says(/guitarist-/, "stdout");
    receiver.types("reve\t");
    await receiver.says(/revenge/, "stdout");
    receiver.types("\r");
    expect((await receiver.outcome).status).toBe(0);
    expect(receiver.stdout).toMatch(/\nhello\r\n$/);
    await sender.outcome;
  });

  it("an invalid code is asked for again", async () => {
    const receiver = servers.wormhole(["receive"], { ...TYPED, env: { NO_COLOR: "1" } });
    await receiver.says(CODE_PROMPT, "stdout");
    receiver.types("hello\r");
    await receiver.says(/such as 7-guitarist-revenge.*code: /s, "stdout");
    receiver.types("\u0004");
    expect((await receiver.outcome).status).toBe(2);
    expect(receiver.stdout).toMatch(/\r\nERROR: The input ended without a code\.\r\n$/);
  });

  it("Ctrl-C at the code ends with 130", async () => {
    const receiver = servers.wormhole(["receive"], TYPED);
    await receiver.says(CODE_PROMPT, "stdout");
    receiver.types("12-x\u0003");
    expect((await receiver.outcome).status).toBe(130);
    expect(await listedNameplates(servers.mailbox.url)).not.toContain("12");
  });

  it("received text is shown line by line, and the terminal obeys nothing in it", async () => {
    const sender = servers.wormhole(["send", "--text", "one\ntwo\u001b[2J\ttab"]);
    const receiver = servers.wormhole(["receive", await sender.code()], TYPED);
    expect((await receiver.outcome).stdout.toString()).toMatch(/one\r\ntwo\\x1b\[2J\ttab\r\n$/);
  });

  it("a file is accepted or refused by a person", async () => {
    const sender = servers.wormhole(["send", import.meta.filename], TYPED);
    const [, code = ""] = await sender.says(/wormhole receive (\S+)/, "stdout");
    const receiver = servers.wormhole(["receive", code], { ...TYPED, cwd: folder });
    await receiver.says(/into: 'terminal\.test\.ts'\r\nok\? \(Y\/n\): /, "stdout");
    receiver.types("n\r");
    expect((await receiver.outcome).status).toBe(1);
    expect((await sender.outcome).stdout.toString()).toContain("rejected");
  });

  it("a bar shows the progress, unless it is hidden", async () => {
    const path = join(folder, "large");
    writeFileSync(path, "");
    truncateSync(path, 200_000_000);
    const sender = servers.wormhole(["send", "--code", "9-a-b", path], TYPED);
    const quiet = ["receive", "--hide-progress", "--accept-file", "-o", `${path}.copy`, "9-a-b"];
    const receiver = servers.wormhole(quiet, TYPED);
    expect([(await sender.outcome).status, (await receiver.outcome).status]).toEqual([0, 0]);
    expect(sender.stdout).toMatch(/\r\u001b\[K {0,2}\d+% {2}\[=*>? *\] {2}\S+ \S+ of 200\.0 MB/);
    expect(sender.stdout).toMatch(/200\.0 MB in (0:\d\d, \S+ MB\/s|less than a second)\r\nConfirmation received/);
    expect(sender.stdout.split(/[\r\n]+/).filter((line) => line.length > 100)).toEqual([]);
    expect(receiver.stdout).not.toMatch(/%|MB\/s/);
  });

  it.each([
    ["xterm", {}, true],
    ["NO_COLOR", { NO_COLOR: "1" }, false],
    ["a dumb terminal", { TERM: "dumb" }, false],
  ])("colours: %s", async (_, env, hasColor) => {
    const run = servers.wormhole(["receive", "nonsense"], { ...TYPED, env });
    const { stdout } = await run.outcome;
    expect(stdout.includes(0x1b)).toBe(hasColor);
  });
});
