import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasTerminals, Run, type Servers, startServers } from "./wormhole.ts";

let servers: Servers;
let folder = "";
beforeAll(async () => {
  servers = await startServers();
  folder = mkdtempSync(join(tmpdir(), "wormhole-timing-"));
});
afterAll(async () => {
  await servers.close();
  rmSync(folder, { recursive: true });
});

interface Event {
  readonly name: string;
  readonly start: number;
  readonly stop: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const at = (name: string) => join(folder, name);
const events = (name: string) => JSON.parse(readFileSync(at(name), "utf8")) as Event[];
const names = (name: string) => events(name).map((event) => event.name);
/** All but the times, in whose digits anything may happen to stand. */
const told = (name: string) => JSON.stringify(events(name).map((event) => [event.name, event.details]));
const exitStatus = (name: string) => events(name).at(-1)?.details.status;

/** The two files of one transfer. */
async function crossing() {
  writeFileSync(at("treasure-map.txt"), "quixotic content ".repeat(10_000));
  const code = "91-quixotic-wyvern";
  const sender = servers.wormhole(["--dump-timing", "sent.json", "send", "--code", code, at("treasure-map.txt")], {
    cwd: folder,
  });
  await sender.code();
  const into = at("received.txt");
  const receiver = servers.wormhole(["receive", "--dump-timing", "received.json", "--accept-file", "-o", into, code], {
    cwd: folder,
  });
  const outcomes = await Promise.all([sender.outcome, receiver.outcome]);
  expect(outcomes.map(({ status }) => status)).toEqual([0, 0]);
  return { code };
}

describe("--dump-timing", () => {
  it("tells both sides of a transfer, from the start of the program to its end", async () => {
    await crossing();
    for (const name of ["sent.json", "received.json"]) {
      expect(names(name).slice(0, 2)).toEqual(["start", "import"]);
      expect(names(name)).toEqual(
        expect.arrayContaining(["connect", "claim", "key", "transit connect", "attempt", "close"]),
      );
      expect(events(name).at(-1)).toMatchObject({ name: "exit", details: { status: 0 } });
      for (const { start, stop } of events(name)) expect(stop).toBeGreaterThanOrEqual(start);
    }
    expect(names("sent.json")).toEqual(
      expect.arrayContaining(["wait for answer", "send bytes", "wait for confirmation"]),
    );
    expect(names("received.json")).toEqual(expect.arrayContaining(["wait for person", "receive bytes", "store"]));
    expect(events("received.json").find(({ name }) => name === "receive bytes")?.details.bytes).toBe(170_000);
  });

  it("tells no secrets, no names and no addresses", async () => {
    const { code } = await crossing();
    for (const name of ["sent.json", "received.json"]) {
      const text = readFileSync(at(name), "utf8");
      for (const secret of [code, "quixotic", "wyvern", "treasure", "received.txt", folder, "127.0.0.1", "tcp:"]) {
        expect(text).not.toContain(secret);
      }
      // Neither keys nor ciphertexts, in any usual spelling.
      expect(told(name)).not.toMatch(/[0-9a-f]{16}|[A-Za-z0-9+/]{24}/);
      expect(told(name)).not.toContain(new URL(servers.mailbox.url).port);
    }
  });

  it("is written after a failure, too", async () => {
    const args = ["send", "--relay-url", "ws://127.0.0.1:9/v1", "--text", "x", "--dump-timing", at("failed.json")];
    expect((await new Run(args).outcome).status).toBe(1);
    expect(names("failed.json")).toContain("connect");
    expect(exitStatus("failed.json")).toBe(1);
  });

  it("tells how long Tor was looked for", async () => {
    const tor = ["--tor-control-port", "tcp:127.0.0.1:9"];
    const { status } = await new Run(["send", "--text", "x", ...tor, "--dump-timing", at("tor.json")]).outcome;
    expect(status).toBe(1);
    expect(events("tor.json").find(({ name }) => name === "find tor")?.stop).toBeGreaterThan(0);
    expect(names("tor.json")).not.toContain("connect");
  });

  it("is written after a rejected offer, which is seen to have failed", async () => {
    const sender = servers.wormhole(["send", "--dump-timing", at("no.json"), import.meta.filename]);
    await servers.wormhole(["receive", await sender.code()], { input: "no\n" }).outcome;
    expect((await sender.outcome).status).toBe(1);
    expect(events("no.json").find(({ name }) => name === "wait for answer")?.details).toEqual({ failed: true });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("is written after %s", async (signal, status) => {
    const sender = servers.wormhole(["send", "--text", "x", "--dump-timing", at("signal.json")]);
    await sender.code();
    sender.child.kill(signal);
    expect((await sender.outcome).status).toBe(status);
    expect(names("signal.json")).toContain("close");
    expect(exitStatus("signal.json")).toBe(status);
  });

  it("is written when a second signal stops at once what hangs", async () => {
    const server = new Run(["serve", "--mailbox-port", "0", "--relay-port", "0"]);
    const [, url = ""] = await server.says(/^mailbox (\S+)\n/, "stdout");
    const sender = new Run(["--relay-url", url, "send", "--text", "x", "--dump-timing", at("hung.json")]);
    await sender.code();
    server.child.kill("SIGSTOP");
    sender.child.kill("SIGINT");
    await sender.says(/Stopping/);
    sender.child.kill("SIGINT");
    await sender.outcome;
    expect(events("hung.json").find(({ name }) => name === "close")?.stop).toBeNull();
    server.child.kill("SIGKILL");
    await server.outcome;
  });

  it.each([
    ["a folder that does not exist", () => join(folder, "none", "x.json"), /does not exist/],
    ["a folder", () => folder, /is a folder/],
  ])("into %s is a mistake that shows before anything begins", async (_, path, words) => {
    const args = ["send", "--relay-url", "ws://127.0.0.1:9/v1", "--text", "x", "--dump-timing", path()];
    const { status, stderr } = await new Run(args).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERROR: --dump-timing: [^\n]+\n$/);
    expect(stderr).toMatch(words);
  });

  it("never replaces anything but another dump, such as what was to be sent", async () => {
    const photos = at("photos.zip");
    writeFileSync(photos, "PK\u0003\u0004");
    const args = ["send", "--relay-url", "ws://127.0.0.1:9/v1", "--dump-timing", photos];
    const { status, stderr } = await new Run(args, { input: "x\n" }).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERROR: --dump-timing: [^\n]*photos\.zip exists[^\n]*\n$/);
    expect(readFileSync(photos, "utf8")).toBe("PK\u0003\u0004");
    for (const text of ["x", "y"]) {
      await new Run(["send", "--relay-url", "ws://127.0.0.1:9/v1", "--text", text, "--dump-timing", at("twice.json")])
        .outcome;
      expect(exitStatus("twice.json")).toBe(1);
    }
  });

  it.skipIf(!existsSync("/dev/full"))("that cannot be kept in the end is said, and is no success", async () => {
    const sender = servers.wormhole(["send", "--text", "x", "--dump-timing", "/dev/full"]);
    await servers.wormhole(["receive", await sender.code()]).outcome;
    const { status, stderr } = await sender.outcome;
    expect(status).toBe(1);
    expect(stderr).toMatch(/text message sent\nERROR: --dump-timing: [^\n]*no space[^\n]*\n$/);
  });
});

describe("wormhole timing", () => {
  const draw = (args: readonly string[], input?: string) =>
    new Run(["timing", ...args], { cwd: folder, ...(input === undefined ? {} : { input }) }).outcome;
  const file = (name: string) =>
    writeFileSync(at(name), JSON.stringify([{ name: `in ${name}`, start: 1, stop: 2, details: {} }]));

  it("draws what was written, of both sides, to a pipe or a file", async () => {
    await crossing();
    const { status, stdout, stderr } = await draw(["sent.json", "received.json"]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const html = stdout.toString();
    expect(html).toMatch(/^<!doctype html>/);
    for (const text of ["sent.json", "received.json", "send bytes", "receive bytes", "170.0 kB"]) {
      expect(html).toContain(text);
    }
    expect(await draw(["-o", "page.html", "sent.json", "received.json"])).toMatchObject({
      status: 0,
      stdout: Buffer.alloc(0),
      stderr: "The page is here: page.html\n",
    });
    expect(readFileSync(at("page.html"), "utf8")).toBe(html);
  });

  it("takes a file from standard input", async () => {
    file("a.json");
    const { stdout } = await draw(["-"], readFileSync(at("a.json"), "utf8"));
    expect(stdout.toString()).toMatch(/standard input.*in a\.json/s);
  });

  it.skipIf(!hasTerminals)("puts the page beside the file where a person looks on", async () => {
    file("b.json");
    const run = new Run(["timing", "b.json"], { cwd: folder, inTerminal: true });
    expect((await run.outcome).stdout.toString()).toContain("The page is here: b.json.html");
    expect(readFileSync(at("b.json.html"), "utf8")).toContain("in b.json");
  });

  it.each([
    ["empty", "", /^ERROR: x\.json is empty/],
    ["a picture", "\u0089PNG", /^ERROR: x\.json is not a timing file/],
    ["another list", "[1]", /^ERROR: x\.json is not a timing file/],
    ["endless", " ".repeat(9_000_000), /^ERROR: x\.json is too long/],
  ])("says so when the file is %s", async (_, content, words) => {
    writeFileSync(at("x.json"), content);
    const { status, stdout, stderr } = await draw(["x.json", "-o", "never.html"]);
    expect({ status, stdout: stdout.length }).toEqual({ status: 2, stdout: 0 });
    expect(stderr).toMatch(words);
    expect(stderr.split("\n")).toHaveLength(2);
    expect(existsSync(at("never.html"))).toBe(false);
  });

  it("says so when there is no such file", async () => {
    expect(await draw(["none.json"])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^ERROR: [^\n]*does not exist/),
    });
  });

  it("never writes over what it reads, and reads standard input once", async () => {
    file("c.json");
    expect(await draw(["c.json", "-o", "./c.json"])).toMatchObject({ status: 2 });
    expect(readFileSync(at("c.json"), "utf8")).toContain("in c.json");
    expect(await draw(["-", "-"])).toMatchObject({ status: 2 });
  });
});
