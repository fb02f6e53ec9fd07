/** Every source of a receiver's code, in whole runs of the program. */
import { describe, expect, it } from "vitest";
import { errorLine, World } from "../world.ts";

/** The URI of a code that waits at a mailbox server. */
const uriOf = (code: string, server = "ws://other") =>
  `wormhole-transfer:${code}?rendezvous=${encodeURIComponent(server)}`;

describe("the code of a receiver", () => {
  it("can come on standard input", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello"]);
    const receiver = await world.wormhole(["receive"], { input: `${await sender.code()}\n` });
    expect((await receiver.outcome).stdout).toBe("hello");
  });

  it("can be in capitals and several words, and the code in use is shown", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello"]);
    const code = await sender.code();
    const receiver = await world.wormhole(["receive", ...code.toUpperCase().split("-")]);
    expect(await receiver.outcome).toMatchObject({
      stdout: "hello",
      stderr: expect.stringContaining(`Using the code ${code}\n`),
    });
  });

  it("can be a URI, and the URI's other server is shown before it is used", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello"]);
    const receiver = await world.wormhole(["receive", uriOf(await sender.code())]);
    expect(await receiver.outcome).toMatchObject({
      stdout: "hello",
      stderr: expect.stringMatching(/^This code uses another mailbox server: ws:\/\/other\/v1\n/),
    });
  });

  it("can be the sender's own", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--code", "77-my-own-Code", "--text", "hello"]);
    expect(await sender.code()).toBe("77-my-own-Code");
    const receiver = await world.wormhole(["receive", "--code", "77-my-own-Code"]);
    expect((await receiver.outcome).stdout).toBe("hello");
  });

  it("has as many words as wanted", async () => {
    const sender = await new World().wormhole(["send", "-c", "5", "--text", "hello"]);
    expect((await sender.code()).split("-")).toHaveLength(6);
    sender.kill("SIGTERM");
    await sender.outcome;
  });

  it("can be made by the receiver", async () => {
    const world = new World();
    const receiver = await world.wormhole(["receive", "--allocate"]);
    const code = await receiver.code();
    await receiver.says(
      new RegExp(`\nOn the other computer, please run:\n\nwormhole send --code ${code} <filename>\n\n`),
    );
    const sender = await world.wormhole(["send", "--code", code, "--text", "hello"]);
    expect((await receiver.outcome).stdout).toBe("hello");
    expect((await sender.outcome).status).toBe(0);
  });

  it("is unnecessary with -0", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "-0", "--text", "hello"]);
    await sender.says(/\nwormhole receive -0\n/);
    const receiver = await world.wormhole(["receive", "-0"]);
    expect((await receiver.outcome).stdout).toBe("hello");
    expect((await sender.outcome).stderr).not.toContain("Wormhole code is");
  });

  it.each(["guitarist", "7-", "x-a-b"])("is refused if it is invalid: %s", async (code) => {
    const { status, stderr } = await (await new World().wormhole(["receive", code])).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(errorLine(/such as 7-guitarist-revenge/));
  });

  it("that is wrong ends both sides, with the possible reasons", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "secret"]);
    const [nameplate] = (await sender.code()).split("-");
    const receiver = await world.wormhole(["receive", `${nameplate}-wrong-words`]);
    for (const { status, stdout, stderr } of await Promise.all([sender.outcome, receiver.outcome])) {
      expect([status, stdout]).toEqual([1, ""]);
      expect(stderr).toMatch(errorLine(/mistyped[^\n]*guess/));
    }
  });
});

describe("a person at the prompt", () => {
  const PROMPT = /Enter receive wormhole code: $/;

  it("types the code; the prompt goes to stderr", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello"]);
    const receiver = await world.wormhole(["receive"], { isInteractive: true });
    await receiver.says(PROMPT);
    receiver.types(`${await sender.code()}\n`);
    expect(await receiver.outcome).toMatchObject({ status: 0, stdout: "hello" });
  });

  it("can paste a URI of another server, which is then used", async () => {
    const world = new World();
    const sender = await world.wormhole(["send", "--text", "hello"]);
    const receiver = await world.wormhole(["receive"], { isInteractive: true });
    await receiver.says(PROMPT);
    receiver.types(`${uriOf(await sender.code())}\n`);
    expect(await receiver.outcome).toMatchObject({
      status: 0,
      stdout: "hello",
      stderr: expect.stringContaining("another mailbox server: ws://other/v1\n"),
    });
  });

  it("can end the input: the error then has a line of its own", async () => {
    const receiver = await new World().wormhole(["receive"], { isInteractive: true });
    await receiver.says(PROMPT);
    receiver.stdin.end();
    expect(await receiver.outcome).toMatchObject({ status: 2, stderr: expect.stringMatching(/: \nERROR: [^\n]+\n$/) });
  });

  it("is shown how to send if the URI asks for that", async () => {
    const receiver = await new World().wormhole(["receive"], { isInteractive: true });
    await receiver.says(PROMPT);
    receiver.types("wormhole-transfer:7-a-b?role=leader\n");
    expect(await receiver.outcome).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ERROR: [^\n]*wormhole send --code 7-a-b FILE\n$/),
    });
  });
});

it("the code of --code can be a URI, too, and its server is used", async () => {
  const world = new World();
  const sender = await world.wormhole(["send", "--code", uriOf("7-a-b"), "--text", "hello"]);
  expect(await sender.code()).toBe("7-a-b");
  expect(sender.stderr.text).toMatch(/^This code uses another mailbox server: ws:\/\/other\/v1\n/);
  sender.kill("SIGINT");
  await sender.outcome;
});
