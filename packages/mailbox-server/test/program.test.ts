/** The program `wormhole-mailbox-server`, as an operator starts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseOptions } from "../src/options.ts";
import { Peer } from "./peer.ts";
import { temporaryFile } from "./started.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function run(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, ["--no-warnings", main, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
}

/** Runs the program until it ends by itself. */
async function ended(...options: string[]) {
  const child = run(...options);
  const [out, err, [code]] = await Promise.all([
    text(streams(child).out),
    text(streams(child).err),
    once(child, "exit"),
  ]);
  return { out, err, code: code as number };
}

function streams({ stdout, stderr }: ChildProcess) {
  if (!stdout || !stderr) throw new Error("the program has no pipes");
  return { out: stdout, err: stderr };
}

/** Runs the program until it is ready. */
async function ready(...options: string[]) {
  const child = run("--listen", "127.0.0.1:0", ...options);
  const [line] = (await once(streams(child).out, "data")) as [Buffer];
  const url = /^mailbox (ws:\/\/127\.0\.0\.1:[0-9]+\/v1)\n$/.exec(String(line))?.[1];
  if (url === undefined) throw new Error(`unexpected line: ${String(line)}`);
  return { child, url, exit: once(child, "exit") };
}

describe("wormhole-mailbox-server", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "prints one line when it is ready, and ends with exit code 0 on %s",
    async (signal) => {
      const { child, url, exit } = await ready();
      const rest = text(streams(child).out);
      const peer = await Peer.bound(url, "a");
      child.kill(signal);
      expect(await peer.closed).toBe(1001);
      expect(await exit).toEqual([0, null]);
      expect(await rest).toBe("");
    },
  );

  it("passes its options to the server", async () => {
    const { url } = await ready("--motd", "hi", "--advertise-version", "9.9", "--disallow-list", "--trust-proxy");
    const peer = await Peer.connect(url, { headers: { "X-Real-IP": "203.0.113.9" } });
    expect((await peer.next()).welcome).toEqual({
      motd: "hi",
      current_cli_version: "9.9",
      "your-address": { ipv4: "203.0.113.9" },
    });
    await peer.ask({ type: "bind", appid: "app", side: "a" });
    await peer.ask({ type: "claim", nameplate: "4" });
    expect(await peer.answer({ type: "list" })).toMatchObject({ nameplates: [] });
    const refusing = await ready("--signal-error", "moved");
    expect((await (await Peer.connect(refusing.url)).next()).welcome).toMatchObject({ error: "moved" });
  });

  it("has stored a message on disk when it echoes it, even if it is killed at once", async () => {
    const db = temporaryFile("mailbox.sqlite");
    const first = await ready("--db", db);
    const a = await Peer.bound(first.url, "a");
    await a.ask({ type: "open", mailbox: "m" });
    a.send({ type: "add", phase: "pake", body: "00" });
    await a.arrived(({ type }) => type === "message");
    first.child.kill("SIGKILL");
    await first.exit;

    const second = await ready("--db", db);
    const b = await Peer.bound(second.url, "b");
    expect((await b.ask({ type: "open", mailbox: "m" })).at(-1)).toMatchObject({ type: "message", phase: "pake" });
  });
});

describe("a failed start ends with one sentence", () => {
  it("if the port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    const { out, err, code } = await ended("--listen", `127.0.0.1:${port}`);
    const reason = `Cannot listen on 127.0.0.1:${port}: another program uses this port.`;
    expect([out, err, code]).toEqual(["", `${reason} Choose another port with --listen; port 0 is any free one.\n`, 1]);
    other.close();
  });

  it("if this machine does not have the address", async () => {
    const { err, code } = await ended("--listen", "203.0.113.1:0");
    expect(err).toBe(
      "Cannot listen on 203.0.113.1:0: this machine does not have this address. " +
        "Choose an address of this computer with --listen; 0.0.0.0 is every address.\n",
    );
    expect(code).toBe(1);
  });

  it("if the database cannot be opened, or is in use", async () => {
    const { err, code } = await ended("--listen", "127.0.0.1:0", "--db", "/nowhere/mailbox.sqlite");
    expect(err).toBe("Cannot use the database /nowhere/mailbox.sqlite: unable to open database file.\n");
    expect(code).toBe(1);
    const db = temporaryFile("mailbox.sqlite");
    await ready("--db", db);
    expect(await ended("--listen", "127.0.0.1:0", "--db", db)).toMatchObject({
      err: `Cannot use the database ${db}: another program uses it.\n`,
      code: 1,
    });
  });
});

describe("options", () => {
  it.each([
    ["--listen", "nonsense"],
    ["--listen", "127.0.0.1"],
    ["--listen", "127.0.0.1:65536"],
    ["--listen", "[::1:4000"],
    ["--expire-after", "0"],
    ["--expire-after", "soon"],
    ["--expire-after", "5 m"],
    ["--no-such-option"],
    ["--db"],
    ["an-argument"],
  ])("are refused with exit code 2 if they are invalid: %s %s", async (...options) => {
    const { out, err, code } = await ended(...options);
    expect([out, code]).toEqual(["", 2]);
    expect(err).toMatch(/^error: /);
  });

  it("become the options of the library", () => {
    expect(parseOptions([])).toEqual({
      host: "127.0.0.1",
      port: 4000,
      db: ":memory:",
      expireAfter: 660,
      allowList: true,
      trustProxy: false,
    });
    const all = "--listen [::]:0 --db f --expire-after 1.5 --motd m --advertise-version v --signal-error e";
    expect(parseOptions([...all.split(" "), "--disallow-list", "--trust-proxy"])).toEqual({
      host: "::",
      port: 0,
      db: "f",
      expireAfter: 90,
      motd: "m",
      advertiseVersion: "v",
      signalError: "e",
      allowList: false,
      trustProxy: true,
    });
  });

  it.each([
    ["90s", 90],
    ["1.5m", 90],
    ["2h", 7200],
    ["7d", 604_800],
    ["10080", 604_800],
  ])("--expire-after %s is %i seconds", (text, seconds) => {
    expect(parseOptions(["--expire-after", text]).expireAfter).toBe(seconds);
  });

  it("closing the standard output early is no error", async () => {
    const child = run("--help");
    streams(child).out.destroy();
    const [err, [code]] = await Promise.all([text(streams(child).err), once(child, "exit")]);
    expect([err, code]).toEqual(["", 0]);
  });

  it("--help shows every option and examples, --version and -V the version", async () => {
    const help = await ended("--help");
    expect(help.code).toBe(0);
    for (const option of [
      "--listen",
      "--db",
      "--expire-after",
      "--motd",
      "--advertise-version",
      "--signal-error",
      "--disallow-list",
      "--trust-proxy",
      "Examples:",
    ]) {
      expect(help.out).toContain(option);
    }
    for (const flag of ["--version", "-V"]) {
      expect(await ended(flag)).toEqual({ out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/), err: "", code: 0 });
    }
  });

  it("--listen takes an IPv6 address in brackets", async () => {
    const child = run("--listen", "[::1]:0");
    const [line] = (await once(streams(child).out, "data")) as [Buffer];
    expect(String(line)).toMatch(/^mailbox ws:\/\/\[::1\]:[0-9]+\/v1\n$/);
  });
});
