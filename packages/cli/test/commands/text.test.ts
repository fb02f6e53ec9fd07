/** Texts that are sent and received, and `--verify`, in whole runs of the program. */
import { describe, expect, it } from "vitest";
import { errorLine, World } from "../world.ts";

/** Characters that a careless program would change on the way. */
const TRICKY = "one\n\ttwo \\n \"three\" 'four' \u001b[31mfive\u0000 \ud83e\uddd9 e\u0301\r\n";

describe("a text", () => {
  it("reaches stdout unchanged, and stdout contains nothing else", async () => {
    const { sent, received } = await new World().transfer(["--text", TRICKY]);
    expect(received).toMatchObject({ status: 0, stdout: TRICKY });
    expect(sent).toMatchObject({ status: 0, stdout: "" });
    expect(sent.stderr).toMatch(
      /^Sending text message \(\d+ Bytes\)\nWormhole code is: \S+\nOn the other computer, please run:\n\nwormhole receive \S+\n\ntext message sent\n$/,
    );
  });

  it.each([
    ["byte for byte", TRICKY],
    ["with 400 kB", "0123456789abcdef".repeat(25_000)],
  ])("can be read from standard input: %s", async (_, input) => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "-"], { input });
    const receiver = await world.wormhole(["receive", await sender.code()]);
    expect((await receiver.outcome).stdout).toBe(input);
    expect(await sender.outcome).toMatchObject({
      status: 0,
      stderr: expect.stringMatching(/^Reading text message from standard input\.\.\.\n/),
    });
  });

  it("can be empty", async () => {
    const { sent, received } = await new World().transfer(["--text", ""]);
    expect([sent.status, received.status, received.stdout]).toEqual([0, 0, ""]);
  });

  it("is asked for if there is neither a path nor a text", async () => {
    const world = new World();
    const sender = await world.wormhole(["send"], { isInteractive: true });
    await sender.says(/Text to send: $/);
    sender.types("hello there\n");
    const receiver = await world.wormhole(["receive", await sender.code()]);
    expect((await receiver.outcome).stdout).toBe("hello there");
  });

  it.each([
    ["too long", "x".repeat(600_000), /too long/],
    ["too long as JSON", "\u0001".repeat(100_000), /too long/],
    ["not text", new Uint8Array([0x66, 0xff, 0xfe]), /not text/],
  ])("that is %s is refused before there is a code", async (_, input, words) => {
    const { status, stderr } = await (await new World().wormhole(["send", "--text", "-"], { input })).outcome;
    expect(status).toBe(1);
    expect(stderr).toMatch(errorLine(words));
    expect(stderr).not.toContain("Wormhole code is");
  });

  it.each(["it is closed", "it is a folder"])(
    "is not sent if standard input cannot be read because %s",
    async (inputProblem) => {
      const sender = await new World().wormhole(["send", "--text", "-"], { inputProblem });
      const { status, stderr } = await sender.outcome;
      expect([status, stderr]).toEqual([2, expect.stringMatching(errorLine(/Nothing could be read/))]);
      expect(stderr).not.toContain("Wormhole code is");
    },
  );

  it("that is too long names the way", async () => {
    const sender = await new World().wormhole(["send", "--text", "x".repeat(600_000)]);
    expect((await sender.outcome).stderr).toMatch(errorLine(/500 kB\. .*wormhole send FILE/));
  });

  it("that never ends is refused as soon as it is too long", async () => {
    const sender = await new World().wormhole(["send", "--text", "-"], { isInteractive: true });
    sender.types("x".repeat(600_000));
    expect(await sender.outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(errorLine(/too long/)) });
  });

  it("ends with 2 if the input ends without one", async () => {
    const sender = await new World().wormhole(["send"], { isInteractive: true });
    await sender.says(/Text to send: $/);
    sender.stdin.end();
    expect(await sender.outcome).toMatchObject({ status: 2, stderr: expect.stringMatching(errorLine(/input ended/)) });
  });

  it.each([["send"], ["send", "--text", "-"]])("is no longer waited for after Ctrl-C: %s %s", async (...args) => {
    const given = args.filter((arg) => arg !== undefined);
    const sender = await new World().wormhole(given, { isInteractive: true });
    await sender.says(/Text to send|Reading text/);
    const started = performance.now();
    sender.kill("SIGINT");
    expect((await sender.outcome).status).toBe(130);
    // The deadline after a signal would also end it, but later.
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe("--verify", () => {
  // proves: api/verify-before-use
  it("asks both users, who see the same verifier", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--verify", "--text", "hello"], { input: "yes\n" });
    const code = await sender.code();
    await sender.says(new RegExp(`\nwormhole receive --verify ${code}\n`));
    const receiver = await world.wormhole(["receive", "--verify", code], { input: "yes\n" });
    const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
    expect([sent.status, received.stdout]).toEqual([0, "hello"]);
    const verifier = /Verifier ((?:[0-9a-f]{8} ?){8})\nCompare it [^\n]+ --verify\.\nIs it the same\? \(yes\/no\): /;
    expect(verifier.exec(sent.stderr)?.[1]).toBe(verifier.exec(received.stderr)?.[1] ?? "missing");
  });

  it.each([
    ["the sender's user says no", "no\n", "yes\n"],
    ["the receiver's user says no", "yes\n", "no\n"],
    ["the sender's input ends", "", "yes\n"],
  ])("ends both sides if %s", async (_, atSender, atReceiver) => {
    const world = new World();
    const sender = await world.wormhole(["send", "--verify", "--text", "hello"], { input: atSender });
    const receiver = await world.wormhole(["receive", "--verify", await sender.code()], { input: atReceiver });
    const [sent, received] = await Promise.all([sender.outcome, receiver.outcome]);
    expect(sent).toMatchObject({ status: 1, stderr: expect.stringMatching(/\nERROR: [^\n]+\n$/) });
    expect(received).toMatchObject({ status: 1, stdout: "" });
  });
});
