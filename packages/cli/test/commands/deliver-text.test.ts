/** Received texts: where they go, and what happens if they cannot get there. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { errorLine, type Run, World } from "../world.ts";

/** Makes every write to stdout fail with this error. */
function breakStdout(run: Run, code: string): void {
  run.stdout.write = (_chunk: unknown, encoding?: unknown, callback?: unknown) => {
    const done = typeof encoding === "function" ? encoding : callback;
    if (typeof done === "function") done(Object.assign(new Error(`${code}: no`), { errno: -1, code }));
    return true;
  };
}

describe("a text that cannot be written", () => {
  it.each([
    ["a full disk", "ENOSPC", /could not be written to standard output: there is no space left/],
    ["a terminal that is gone", "EIO", /could not be written to standard output: the disk reported an error/],
  ])("to standard output because of %s fails at both sides", async (_, code, words) => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "the text"]);
    const receiver = await world.wormhole(["receive", await sender.code()]);
    breakStdout(receiver, code);
    const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
    expect(received).toMatchObject({ status: 1, stderr: expect.stringMatching(errorLine(words)) });
    expect(received.stderr).not.toContain("the text");
    expect(sent).toMatchObject({ status: 1, stderr: expect.stringMatching(errorLine(/./)) });
    expect(sent.stderr).not.toContain("message sent");
  });

  it("is shown to a person at the terminal, and nothing in it is obeyed", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "the\u001b[2Jtext"]);
    const receiver = await world.wormhole(["receive", await sender.code()], { environment: { NO_COLOR: "1" } });
    receiver.stderr.isTTY = true;
    breakStdout(receiver, "ENOSPC");
    const { status, stderr } = await receiver.outcome;
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/the\\x1b\[2Jtext\n.*ERROR: .*It is\sshown\sabove\.\n$/s),
    ]);
    expect((await sender.outcome).status).toBe(1);
  });

  it("because standard output was closed fails at both sides", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "x"]);
    const receiver = await world.wormhole(["receive", await sender.code()], { isStdoutClosed: true });
    expect(await receiver.outcome).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(errorLine(/it is closed/)),
    });
    expect((await sender.outcome).status).toBe(1);
  });

  it("is no failure if the reader of a pipe has read enough", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "x"]);
    const receiver = await world.wormhole(["receive", await sender.code()]);
    breakStdout(receiver, "EPIPE");
    expect((await receiver.outcome).status).toBe(0);
    expect((await sender.outcome).status).toBe(0);
  });
});

describe("-o with a text", () => {
  it("writes it into a new file, and nothing to standard output", async () => {
    const world = new World();
    const { sent, received } = await world.transfer(["--text", "hello\r\n"], ["-o", world.at("t.txt")]);
    expect([sent.status, received.status, received.stdout]).toEqual([0, 0, ""]);
    expect(readFileSync(world.at("t.txt"), "utf8")).toBe("hello\r\n");
    expect(received.stderr).toContain(`Received text written to: ${world.at("t.txt")}\n`);
  });

  it("replaces the file that it names, and says so", async () => {
    const world = new World();
    writeFileSync(world.at("t.txt"), "older and longer");
    const { received } = await world.transfer(["--text", "new"], ["-o", world.at("t.txt")]);
    expect(received.stderr).toContain(`Overwriting '${world.at("t.txt")}'\n`);
    expect(readFileSync(world.at("t.txt"), "utf8")).toBe("new");
  });

  it("leaves a file alone that has appeared since the start", async () => {
    const world = new World();
    const receiver = await world.wormhole(["receive", "-o", world.at("t.txt"), "7-a-b"]);
    await receiver.says(/Waiting for sender/);
    writeFileSync(world.at("t.txt"), "mine");
    const sender = await world.wormhole(["send", "--code", "7-a-b", "--text", "new"]);
    expect(await receiver.outcome).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(errorLine(/already exists/)),
    });
    expect((await sender.outcome).status).toBe(1);
    expect(readFileSync(world.at("t.txt"), "utf8")).toBe("mine");
  });

  it("that is - means standard output", async () => {
    const world = new World();
    const { received } = await world.transfer(["--text", "hello"], ["-o", "-"]);
    expect(received).toMatchObject({ status: 0, stdout: "hello" });
    expect(existsSync("-")).toBe(false);
  });

  it("that is a folder shows it, and says why", async () => {
    const world = new World();
    mkdirSync(world.at("d"));
    const { received } = await world.transfer(["--text", "hello"], ["-o", world.at("d")]);
    expect(received).toMatchObject({
      status: 0,
      stdout: "hello",
      stderr: expect.stringContaining("A text has no name"),
    });
  });
});
