/** `--dump-timing` and `wormhole timing`, in whole runs of the program. */
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { beforeEach, describe, expect, it } from "vitest";
import { errorLine, Run, World } from "../world.ts";

let world: World;
beforeEach(() => {
  world = new World();
});

interface Event {
  readonly name: string;
  readonly start: number;
  readonly stop: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

const events = (name: string) => JSON.parse(readFileSync(world.at(name), "utf8")) as Event[];
const names = (name: string) => events(name).map((event) => event.name);
/** Names and details without times, whose digits can contain anything by chance. */
const detailsOf = (name: string) => JSON.stringify(events(name).map((event) => [event.name, event.details]));
const exitStatus = (name: string) => events(name).at(-1)?.details.status;

const CODE = "91-quixotic-wyvern";
const BOTH = ["sent.json", "received.json"];

/** Makes the two timing files of one transfer. */
async function record(): Promise<void> {
  writeFileSync(world.at("treasure-map.txt"), "quixotic content ".repeat(10_000));
  const { sent, received } = await world.transfer(
    ["--dump-timing", world.at("sent.json"), "--code", CODE, world.at("treasure-map.txt")],
    ["--dump-timing", world.at("received.json"), "--accept-file", "-o", world.at("received.txt")],
  );
  expect([sent.status, received.status]).toEqual([0, 0]);
}

describe("--dump-timing", () => {
  it("writes a file that only its user can read, and follows no link to a file", async () => {
    const send = async (name: string) => {
      const run = await world.wormhole(["send", "--text", "x", "--dump-timing", world.at(name)]);
      void run.code().then(
        () => run.kill("SIGINT"),
        () => {},
      );
      return run.outcome;
    };
    const umask = process.umask(0);
    await send("new.json").finally(() => process.umask(umask));
    expect(statSync(world.at("new.json")).mode & 0o777).toBe(0o600);
    writeFileSync(world.at("empty"), "");
    symlinkSync("empty", world.at("to-empty"));
    symlinkSync("nothing", world.at("dangling"));
    symlinkSync("new.json", world.at("to-timing"));
    for (const name of ["to-empty", "dangling", "to-timing"]) {
      expect(await send(name)).toMatchObject({ status: 2, stderr: expect.stringMatching(errorLine(/is a link/)) });
    }
    expect([existsSync(world.at("nothing")), readFileSync(world.at("empty"), "utf8")]).toEqual([false, ""]);
  });

  // proves: api/timing-file
  it("records both sides of a transfer, from the start of the program to its end", async () => {
    await record();
    for (const name of BOTH) {
      expect(names(name).slice(0, 2)).toEqual(["start", "import"]);
      expect(names(name)).toEqual(
        expect.arrayContaining(["connect", "claim", "key", "transit connect", "attempt", "close"]),
      );
      expect(events(name).at(-1)).toMatchObject({ name: "exit", details: { status: 0 } });
      for (const { start, stop } of events(name)) expect(stop).toBeGreaterThanOrEqual(start);
    }
    const sent = ["wait for answer", "send bytes", "wait for confirmation"];
    expect(names("sent.json")).toEqual(expect.arrayContaining(sent));
    expect(names("received.json")).toEqual(expect.arrayContaining(["wait for person", "receive bytes", "store"]));
    expect(events("received.json").find(({ name }) => name === "receive bytes")?.details.bytes).toBe(170_000);
  });

  it("records no secrets, no names and no addresses", async () => {
    await record();
    for (const name of BOTH) {
      const text = readFileSync(world.at(name), "utf8");
      const secrets = [
        CODE,
        "quixotic",
        "wyvern",
        "treasure",
        "received.txt",
        world.folder,
        "10.0.0",
        "tcp:",
        "mailbox",
      ];
      for (const secret of secrets) expect(text).not.toContain(secret);
      // Neither keys nor ciphertexts, in hexadecimal or Base64.
      expect(detailsOf(name)).not.toMatch(/[0-9a-f]{16}|[A-Za-z0-9+/]{24}/);
    }
  });

  it("records a failure, too", async () => {
    world.mailbox.down = true;
    const sender = await world.wormhole(["send", "--text", "x", "--dump-timing", world.at("failed.json")]);
    expect((await sender.outcome).status).toBe(1);
    expect(names("failed.json")).toContain("connect");
    expect(exitStatus("failed.json")).toBe(1);
  });

  it("records the search for Tor", async () => {
    const tor = ["--tor-control-port", "tcp:127.0.0.1:9"];
    const sender = await world.wormhole(["send", "--text", "x", ...tor, "--dump-timing", world.at("tor.json")]);
    expect((await sender.outcome).status).toBe(1);
    expect(names("tor.json")).toEqual(["start", "import", "find tor", "exit"]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("records a transfer that %s ended", async (signal, status) => {
    const sender = await world.wormhole(["send", "--text", "x", "--dump-timing", world.at("signal.json")]);
    await sender.code();
    sender.kill(signal);
    expect((await sender.outcome).status).toBe(status);
    expect(names("signal.json")).toContain("close");
    expect(exitStatus("signal.json")).toBe(status);
  });

  it.each([
    ["a folder that does not exist", "none/x.json", /does not exist/],
    ["a folder", "folder", /is a folder/],
  ])("to %s is refused before anything is connected", async (_, name, words) => {
    mkdirSync(world.at("folder"));
    const sender = await world.wormhole(["send", "--text", "x", "--dump-timing", world.at(name)]);
    const { status, stderr } = await sender.outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERROR: --dump-timing: [^\n]+\n$/);
    expect(stderr).toMatch(words);
    expect(world.mailbox.received).toEqual([]);
  });

  it("replaces a timing file, but no other file: it may be the file to send", async () => {
    writeFileSync(world.at("photos.zip"), "PK\u0003\u0004");
    const sender = await world.wormhole(["send", "--dump-timing", world.at("photos.zip")], { input: "x\n" });
    const { status, stderr } = await sender.outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(/^ERROR: --dump-timing: [^\n]*photos\.zip already exists[^\n]*\n$/);
    expect(readFileSync(world.at("photos.zip"), "utf8")).toBe("PK\u0003\u0004");
    world.mailbox.down = true;
    for (const text of ["x", "y"]) {
      await (await world.wormhole(["send", "--text", text, "--dump-timing", world.at("twice.json")])).outcome;
      expect(exitStatus("twice.json")).toBe(1);
    }
  });

  it.skipIf(!existsSync("/dev/full"))("that fails at the end is reported, and the exit code is 1", async () => {
    const { sent } = await world.transfer(["--text", "x", "--dump-timing", "/dev/full"]);
    expect(sent.status).toBe(1);
    expect(sent.stderr).toMatch(/text message sent\nERROR: --dump-timing: [^\n]*no space[^\n]*\n$/);
  });
});

describe("wormhole timing", () => {
  const draw = (args: readonly string[], input?: string) =>
    new Run(["timing", ...args], input === undefined ? {} : { input }).outcome;
  const file = (name: string) => {
    writeFileSync(world.at(name), JSON.stringify([{ name: `in ${name}`, start: 1, stop: 2, details: {} }]));
    return world.at(name);
  };

  // proves: api/timing-file
  it("draws both sides of a transfer, to standard output or a file", async () => {
    await record();
    const files = BOTH.map((name) => world.at(name));
    const { status, stdout, stderr } = await draw(files);
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^<!doctype html>/);
    for (const text of [...BOTH, "send bytes", "receive bytes", "170.0 kB"]) expect(stdout).toContain(text);
    const page = world.at("page.html");
    expect(await draw(["-o", page, ...files])).toEqual({ status: 0, stdout: "", stderr: `Wrote ${page}\n` });
    expect(readFileSync(page, "utf8")).toBe(stdout);
  });

  it("reads one file from standard input", async () => {
    const { stdout } = await draw(["-"], readFileSync(file("a.json"), "utf8"));
    expect(stdout).toMatch(/standard input.*in a\.json/s);
    expect(await draw(["-", "-"])).toMatchObject({ status: 2 });
  });

  it("writes the page beside the file if standard output is a terminal", async () => {
    const run = new Run(["timing", file("b.json")], {});
    run.stdout.isTTY = true;
    expect((await run.outcome).stderr).toContain(`Wrote ${world.at("b.json.html")}\n`);
    expect(readFileSync(world.at("b.json.html"), "utf8")).toContain("in b.json");
  });

  it.each([
    ["empty", "", /x\.json is empty/],
    ["a picture", "\u0089PNG", /x\.json is not a timing file/],
    ["another list", "[1]", /x\.json is not a timing file/],
    ["too long", " ".repeat(9_000_000), /x\.json is too long/],
  ])("refuses a file that is %s", async (_, content, words) => {
    writeFileSync(world.at("x.json"), content);
    const { status, stdout, stderr } = await draw([world.at("x.json"), "-o", world.at("never.html")]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(errorLine(words));
    expect(existsSync(world.at("never.html"))).toBe(false);
  });

  it("refuses a file that does not exist", async () => {
    expect(await draw([world.at("none.json")])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(errorLine(/does not exist/)),
    });
  });

  it("never writes over the file that it reads", async () => {
    const path = file("c.json");
    expect(await draw([path, "-o", `${world.folder}/./c.json`])).toMatchObject({ status: 2 });
    expect(readFileSync(path, "utf8")).toContain("in c.json");
  });
});
