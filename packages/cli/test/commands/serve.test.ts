/** `wormhole serve`, with both servers on real sockets. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { errorLine, Run } from "../world.ts";

const hasIPv6 = Object.values(networkInterfaces()).some((list) => list?.some(({ address }) => address === "::1"));

const ANY_PORTS = ["--mailbox-port", "0", "--relay-port", "0"];
const READY = /^mailbox (ws:\/\/127\.0\.0\.1:\d+\/v1)\nrelay (tcp:127\.0\.0\.1:\d+)\n$/;

async function serve(...args: string[]) {
  const run = new Run(["serve", ...args], {});
  const [, mailbox = "", relay = ""] = await run.says(READY, "stdout");
  return { run, mailbox, relay };
}

// proves: api/own-servers
it("serve prints two lines, serves a transfer, and ends with 0 after a signal", async () => {
  const { run, mailbox, relay } = await serve(...ANY_PORTS);
  expect(run.title).toBe("wormhole serve");
  const globals = ["--relay-url", mailbox, "--transit-helper", relay];
  const sender = new Run([...globals, "send", "--text", "hello"], {});
  const receiver = new Run(["receive", ...globals, await sender.code()], {});
  expect((await receiver.outcome).stdout).toBe("hello");
  expect((await sender.outcome).status).toBe(0);
  run.kill("SIGTERM");
  const { status, stderr } = await run.outcome;
  expect(status).toBe(0);
  expect(stderr).toContain(`export WORMHOLE_RELAY_URL=${mailbox}\n  export WORMHOLE_TRANSIT_HELPER=${relay}\n`);
  expect(stderr).toMatch(/codes are lost when the server ends\. .*--data DIR\.\nStopped\.\n$/);
});

it("serve --data keeps its folder to its user", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const data = join(folder, "deep", "data");
  const { run } = await serve(...ANY_PORTS, "--data", data);
  expect(statSync(data).mode & 0o077).toBe(0);
  expect(statSync(join(data, "mailbox.sqlite")).isFile()).toBe(true);
  run.kill("SIGINT");
  expect((await run.outcome).status).toBe(0);
});

it("a port that is taken is one error that names the option, and nothing is left behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { run, mailbox, relay } = await serve(...ANY_PORTS);
  const taken: [string, string[]][] = [
    ["--mailbox-port", ["--mailbox-port", new URL(mailbox).port, "--relay-port", "0"]],
    ["--relay-port", ["--mailbox-port", "0", "--relay-port", relay.split(":")[2] ?? ""]],
  ];
  for (const [option, ports] of taken) {
    const outcome = await new Run(["serve", ...ports, "--data", join(folder, "deep", "data")], {}).outcome;
    expect(outcome).toMatchObject({ status: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      new RegExp(
        `^ERROR: Cannot listen on 127\\.0\\.0\\.1:\\d+: another program uses this port\\. .*${option} 0\\.\n$`,
      ),
    );
    expect(readdirSync(folder)).toEqual([]);
  }
  run.kill("SIGTERM");
  await run.outcome;
});

it.each([
  ["a name that is unknown", ["--listen", "host.invalid"], /the host name is unknown\. .*--listen/],
  ["another computer's address", ["--listen", "192.0.2.1"], /does not have this address\. .*--listen/],
])("%s is one error that names the option", async (_, args, words) => {
  const { status, stderr } = await new Run(["serve", ...ANY_PORTS, ...args], {}).outcome;
  expect([status, stderr]).toEqual([1, expect.stringMatching(errorLine(words))]);
});

it.each([[""], [" "], ["[]"], ["a b"], ["ws://x"], ["[x]"]])("--listen %j is refused", async (host) => {
  const { status, stderr } = await new Run(["serve", ...ANY_PORTS, "--listen", host], {}).outcome;
  expect([status, stderr]).toEqual([2, expect.stringMatching(/^ERROR: .*--listen/)]);
});

it("every address is printed as one that another computer can use", async () => {
  const run = new Run(["serve", ...ANY_PORTS, "--listen", "0.0.0.0"], {});
  const [, mailbox = ""] = await run.says(/^mailbox (\S+)\nrelay \S+\n$/, "stdout");
  expect(mailbox).not.toContain("0.0.0.0");
  run.kill("SIGINT");
  await run.outcome;
});

it.skipIf(!hasIPv6)("--listen takes an IPv6 address with and without brackets", async () => {
  for (const host of ["::1", "[::1]"]) {
    const run = new Run(["serve", ...ANY_PORTS, "--listen", host], {});
    await run.says(/^mailbox ws:\/\/\[::1\]:\d+\/v1\nrelay tcp:\[::1\]:\d+\n$/, "stdout");
    run.kill("SIGINT");
    await run.outcome;
  }
});

describe("--data", () => {
  it.skipIf(process.platform !== "linux").each([
    ["/proc/x", /Cannot use the folder '\/proc\/x' of --data: it does not exist/],
    ["/proc/x/y", /Cannot use the folder/],
    ["/sys/x", /Cannot use the folder/],
    ["/dev/null", /not a folder/],
    ["/dev/null/x", /not a folder/],
    ["", /--data needs a folder/],
  ])("%j is refused in a sentence, and at once", async (path, words) => {
    const { status, stderr } = await new Run(["serve", ...ANY_PORTS, "--data", path], {}).outcome;
    expect([status, stderr]).toEqual([1, expect.stringMatching(errorLine(words))]);
  });

  it("that was there stays, with its database, if the servers do not start", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wormhole-serve-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, "mine"), "");
    const { run, mailbox } = await serve(...ANY_PORTS);
    const port = new URL(mailbox).port;
    await new Run(["serve", "--mailbox-port", port, "--relay-port", "0", "--data", folder], {}).outcome;
    expect(readdirSync(folder)).toContain("mine");
    run.kill("SIGTERM");
    await run.outcome;
  });
});
