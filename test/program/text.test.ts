import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.close());

/** Everything that a careless program would change on the way. */
const TRICKY = "one\n\ttwo \\n \"three\" 'four' \u001b[31mfive\u0000 \ud83e\uddd9 e\u0301\r\n";

describe("a text", () => {
  it("reaches a pipe byte for byte, and nothing else is on stdout", async () => {
    const sender = servers.wormhole(["send", "--text", TRICKY.replace("\0", "")]);
    const receiver = servers.wormhole(["receive", await sender.code()]);
    expect(await receiver.outcome).toMatchObject({ status: 0, stdout: Buffer.from(TRICKY.replace("\0", "")) });
    expect(await sender.outcome).toMatchObject({ status: 0, stdout: Buffer.alloc(0) });
    expect(sender.stderr).toMatch(
      /^Sending text message \(\d+ Bytes\)\nWormhole code is: \S+\nOn the other computer, please run:\n\nwormhole receive \S+\n\ntext message sent\n$/,
    );
  });

  it("comes from a pipe byte for byte", async () => {
    const sender = servers.wormhole(["send", "--text", "-"], { input: TRICKY });
    const receiver = servers.wormhole(["receive", await sender.code()]);
    expect((await receiver.outcome).stdout).toEqual(Buffer.from(TRICKY));
    expect(await sender.outcome).toMatchObject({ status: 0 });
  });

  it("may be empty", async () => {
    const sender = servers.wormhole(["send", "--text", ""]);
    const receiver = servers.wormhole(["receive", await sender.code()]);
    expect(await receiver.outcome).toMatchObject({ status: 0, stdout: Buffer.alloc(0) });
    expect(await sender.outcome).toMatchObject({ status: 0 });
  });

  it("may be long", async () => {
    const text = "0123456789abcdef".repeat(25_000);
    const sender = servers.wormhole(["send", "--text", "-"], { input: text });
    const receiver = servers.wormhole(["receive", await sender.code()]);
    expect((await receiver.outcome).stdout.toString()).toBe(text);
    expect(await sender.outcome).toMatchObject({ status: 0 });
  });

  it.each([
    ["too long", "x".repeat(600_000), /too long/],
    ["not text", new Uint8Array([0x66, 0xff, 0xfe]), /not text/],
  ])("that is %s is refused before there is a code", async (_, input, sentence) => {
    const { status, stderr } = await servers.wormhole(["send", "--text", "-"], { input }).outcome;
    expect(status).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr).not.toContain("Wormhole code is");
  });
});

describe("a code", () => {
  it("comes on standard input", async () => {
    const sender = servers.wormhole(["send", "--text", "hello"]);
    const receiver = servers.wormhole(["receive"], { input: `${await sender.code()}\n` });
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
  });

  it("may be pasted with all that stands around it", async () => {
    const sender = servers.wormhole(["send", "--text", "hello"]);
    const words = (await sender.code()).toUpperCase().split("-");
    const receiver = servers.wormhole(["receive", ...words]);
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
    expect(receiver.stderr).toContain(`Taking the code to be ${await sender.code()}`);
  });

  it("may be a link, and its other server is named before it is followed", async () => {
    const sender = servers.wormhole(["send", "--text", "hello"]);
    const rendezvous = encodeURIComponent(servers.mailbox.url.replace("/v1", ""));
    const link = `wormhole-transfer:${await sender.code()}?rendezvous=${rendezvous}`;
    const receiver = servers.wormhole(["receive", link], { env: { WORMHOLE_RELAY_URL: "ws://127.0.0.1:9/v1" } });
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
    expect(receiver.stderr).toContain(servers.mailbox.url);
  });

  it("may be one's own", async () => {
    const sender = servers.wormhole(["send", "--code", "77-my-own-Code", "--text", "hello"]);
    expect(await sender.code()).toBe("77-my-own-Code");
    const receiver = servers.wormhole(["receive", "--code", "77-my-own-Code"]);
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
  });

  it("has as many words as wanted", async () => {
    const sender = servers.wormhole(["send", "-c", "5", "--text", "hello"]);
    expect((await sender.code()).split("-")).toHaveLength(6);
    sender.child.kill("SIGTERM");
    await sender.outcome;
  });

  it("may be made by the receiver", async () => {
    const receiver = servers.wormhole(["receive", "--allocate"]);
    const code = await receiver.code();
    await receiver.says(new RegExp(`\nwormhole send --code ${code} <filename>\n`));
    const sender = servers.wormhole(["send", "--code", code, "--text", "hello"]);
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
    expect(await sender.outcome).toMatchObject({ status: 0 });
  });

  it("is not needed in zero mode", async () => {
    const sender = servers.wormhole(["send", "-0", "--text", "hello"]);
    await sender.says(/\nwormhole receive -0\n/);
    const receiver = servers.wormhole(["receive", "-0"]);
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
    expect(await sender.outcome).toMatchObject({ status: 0 });
    expect(sender.stderr).not.toContain("Wormhole code is");
  });

  it("is not seen among the arguments of the process", async () => {
    const { readFileSync } = await import("node:fs");
    const sender = servers.wormhole(["send", "--code", "78-top-secret", "--text", "confidential"]);
    await sender.code();
    const line = readFileSync(`/proc/${sender.child.pid}/cmdline`, "utf8");
    expect(line).not.toMatch(/78-top-secret|confidential/);
    sender.child.kill("SIGTERM");
    await sender.outcome;
  });
});

describe("--verify", () => {
  it("asks both sides, who see the same", async () => {
    const sender = servers.wormhole(["send", "--verify", "--text", "hello"], { input: "yes\n" });
    const code = await sender.code();
    await sender.says(new RegExp(`\nwormhole receive --verify ${code}\n`));
    const receiver = servers.wormhole(["receive", "--verify", code], { input: "yes\n" });
    expect((await receiver.outcome).stdout.toString()).toBe("hello");
    const verifier = /Verifier ([0-9a-f]{64})\. ok\? \(yes\/no\): /;
    expect(verifier.exec(sender.stderr)?.[1]).toBe(verifier.exec(receiver.stderr)?.[1] ?? "missing");
    expect(await sender.outcome).toMatchObject({ status: 0 });
  });

  it.each([
    ["the sender", "no\n", "yes\n"],
    ["the receiver", "yes\n", "no\n"],
    ["the silent sender", "", "yes\n"],
  ])("ends both when %s says no", async (_, atSender, atReceiver) => {
    const sender = servers.wormhole(["send", "--verify", "--text", "hello"], { input: atSender });
    const receiver = servers.wormhole(["receive", "--verify", await sender.code()], { input: atReceiver });
    expect(await sender.outcome).toMatchObject({ status: 1, stderr: expect.stringMatching(/\nERROR: [^\n]+\n$/) });
    const { status, stdout } = await receiver.outcome;
    expect(status).toBe(1);
    expect(stdout.toString()).toBe("");
  });
});
