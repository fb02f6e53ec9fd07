/** Files and folders that are sent and received, in whole runs of the program. */
import { createHash, randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { errorLine, type Outcome, World } from "../world.ts";

let world: World;
/** The folder of the receiver. */
let into: string;
beforeEach(() => {
  world = new World();
  into = world.at("into");
  mkdirSync(into);
});

const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

/** Makes a file to send, and returns its path. */
function file(name: string, size = 100_000): string {
  writeFileSync(world.at(name), randomBytes(size));
  return world.at(name);
}

function expectBothFail(
  { sent, received }: { sent: Outcome; received: Outcome },
  own = /(^|\n)ERROR: [^\n]+\n$/,
): void {
  expect([sent.status, received.status]).toEqual([1, 1]);
  expect(sent.stderr).toMatch(/\nERROR: [^\n]+\n$/);
  expect(received.stderr).toMatch(own);
}

describe("a file", () => {
  it.each([0, 1, 3_000_000])("of %i bytes arrives complete, and each side shows each step", async (size) => {
    const { sent, received } = await world.transfer([file("a b.bin", size)], ["--accept-file", "-o", into]);
    expect([sent.status, received.status]).toEqual([0, 0]);
    expect(hash(`${into}/a b.bin`)).toBe(hash(world.at("a b.bin")));
    expect(readdirSync(into)).toEqual(["a b.bin"]);
    expect(sent.stderr).toMatch(
      /^Wormhole code is: [\s\S]*\nOffering the file 'a b\.bin' \([^\n]+\)\. The other side is being asked\.\.\.\nSending directly (to|from) [^\n]+\.\.\.\nAll data has left [^\n]+\nConfirmation received\. Transfer complete\.\n$/,
    );
    expect(received.stderr).toMatch(
      /^Receiving file 'a b\.bin' \([^\n]+\) into: '[^\n]+'\nReceiving directly (to|from) [^\n]+\.\.\.\nReceived file written to: [^\n]+\n$/,
    );
    expect(received.stdout).toBe("");
  });

  it("shows no progress if there is no terminal", async () => {
    const { sent, received } = await world.transfer([file("x")], ["--accept-file", "-o", into]);
    expect([sent.status, received.status]).toEqual([0, 0]);
    expect(sent.stderr + received.stderr).not.toMatch(/[\r\u001b%]/);
  });

  it("goes through the relay if neither side listens", async () => {
    const { sent } = await world.transfer(["--no-listen", file("x")], ["--no-listen", "--accept-file", "-o", into]);
    expect(sent).toMatchObject({ status: 0, stderr: expect.stringContaining("Sending through the relay relay:") });
  });

  it("needs no relay", async () => {
    const none = ["--transit-helper", ""];
    const { sent } = await world.transfer([...none, file("x")], [...none, "--accept-file", "-o", into]);
    expect(sent.status).toBe(0);
  });

  it("is accepted by an empty answer", async () => {
    const { received } = await world.transfer([file("x")], ["-o", into], { input: "\n" });
    expect(received.status).toBe(0);
    expect(received.stderr).toContain(`Receiving file 'x' (100.0 kB) into: '${into}/x'\nok? (Y/n): \n`);
  });

  it("is accepted without a question if the environment says so", async () => {
    const environment = { WORMHOLE_ACCEPT_FILE: "1" };
    const { received } = await world.transfer([file("x")], ["-o", into], { environment });
    expect(received).toMatchObject({ status: 0, stderr: expect.not.stringContaining("ok?") });
  });

  it.each([
    ["a no", "n\n", /\nYou declined the offer\. Nothing was received\.\n$/],
    ["the end of the input", "", /\nNothing was received, .*--accept-file accepts without asking\.\n$/],
    ["answers without a meaning", "a\nb\nc\nd\n", /\nNothing was received, .*--accept-file accepts/],
  ])("is refused by %s, and both sides end", async (_, input, words) => {
    const outcomes = await world.transfer([file("x")], ["-o", into], { input });
    expectBothFail(outcomes, words);
    expect(outcomes.sent.stderr).toContain("rejected");
    if (input === "") expect(outcomes.received.stderr).toContain("This counts as no.");
    expect(readdirSync(into)).toEqual([]);
  });

  it("is refused by --only-text, and the sender learns why", async () => {
    const outcomes = await world.transfer([file("x")], ["-t", "--accept-file", "-o", into]);
    expectBothFail(outcomes, /^Refusing the file 'x' \(100\.0 kB\) because of --only-text\.\n$/);
    expect(outcomes.sent.stderr).toContain("this side receives text only");
    expect(readdirSync(into)).toEqual([]);
  });

  it("whose name is a code leads to the other command", async () => {
    const { stderr } = await (await world.wormhole(["send", "7-guitarist-revenge"])).outcome;
    expect(stderr).toMatch(/To receive with this code, run: wormhole receive 7-guitarist-revenge\n$/);
  });

  it("that does not exist is not sent, and no code is printed", async () => {
    const { status, stderr } = await (await world.wormhole(["send", world.at("nothing")])).outcome;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ERROR: [^\n]*nothing[^\n]*\n$/);
  });
});

describe("the target of a file", () => {
  it("is replaced with --overwrite", async () => {
    writeFileSync(`${into}/x`, "old");
    const { received } = await world.transfer([file("x")], ["--accept-file", "--overwrite", "-o", into]);
    expect(received.stderr).toContain(`Overwriting '${into}/x'\n`);
    expect(hash(`${into}/x`)).toBe(hash(world.at("x")));
  });

  it("is the file of -o, which is replaced", async () => {
    for (const name of ["x", "z"]) {
      const { received } = await world.transfer([file(name)], ["--accept-file", "-o", `${into}/y`]);
      expect(received.stderr.includes(`Overwriting '${into}/y'\n`)).toBe(name === "z");
      expect(hash(`${into}/y`)).toBe(hash(world.at(name)));
    }
  });

  it("is in the folder of -o, where no file is replaced", async () => {
    writeFileSync(`${into}/x`, "mine");
    const outcomes = await world.transfer([file("x")], ["--accept-file", "-o", into]);
    expectBothFail(outcomes);
    expect(outcomes.received.stderr).toMatch(errorLine(/exist/));
    expect(readFileSync(`${into}/x`, "utf8")).toBe("mine");
    expect(readdirSync(into)).toEqual(["x"]);
  });

  it.each(["no/y", "no/", "no/deep/", "f/y"])("cannot be %s, which is known before a code is used", async (path) => {
    writeFileSync(`${into}/f`, "a file");
    const { status, stderr } = await (await world.wormhole(["receive", "-o", `${into}/${path}`, "7-a-b"])).outcome;
    expect(status).toBe(2);
    expect(stderr).toMatch(errorLine(/There is no folder '/));
    expect(existsSync(`${into}/no`)).toBe(false);
    expect(world.mailbox.received).toEqual([]);
  });

  it("cannot be nothing", async () => {
    const { status, stderr } = await (await world.wormhole(["receive", "-o", "", "7-a-b"])).outcome;
    expect([status, stderr]).toEqual([2, expect.stringMatching(errorLine(/-o needs a path/))]);
    expect(world.mailbox.received).toEqual([]);
  });

  it("is in the home folder if it begins with a tilde that the shell has left", async () => {
    const environment = { HOME: into };
    const { received } = await world.transfer([file("x")], ["--accept-file", "-o", "~/y"], { environment });
    expect(received.status).toBe(0);
    expect(hash(`${into}/y`)).toBe(hash(world.at("x")));
  });
});

describe.skipIf(process.platform === "win32")("a current folder that cannot be used", () => {
  const words = /^No file can be stored in the current folder: it was deleted\. Choose another place with -o PATH\./m;
  const inDeletedFolder = () => {
    const [before, gone] = [process.cwd(), mkdtempSync(world.at("gone"))];
    process.chdir(gone);
    onTestFinished(() => process.chdir(before));
    rmSync(gone, { recursive: true });
  };

  it("is told at the start, and a text arrives", async () => {
    inDeletedFolder();
    const { sent, received } = await world.transfer(["--text", "hello"]);
    expect([sent.status, received.status, received.stdout]).toEqual([0, 0, "hello"]);
    expect(received.stderr).toMatch(words);
  });

  it("is no matter with -o or --only-text", async () => {
    inDeletedFolder();
    for (const flags of [["-o", into], ["--only-text"]]) {
      const { received } = await world.transfer(["--text", "hello"], flags);
      expect(received).toMatchObject({ status: 0, stderr: expect.not.stringMatching(words) });
    }
  });

  it("ends --accept-file before the code is used", async () => {
    inDeletedFolder();
    const receiver = await world.wormhole(["receive", "--accept-file", "7-guitarist-revenge"]);
    expect(await receiver.outcome).toMatchObject({ status: 2, stderr: expect.stringMatching(/No file can be stored/) });
    expect(world.mailbox.received).toEqual([]);
  });

  it("ends a script that gets a file after all, and both sides learn why", async () => {
    const path = file("x");
    inDeletedFolder();
    const { sent, received } = await world.transfer([path]);
    expectBothFail({ sent, received }, /ERROR: .*was deleted/);
  });

  it("is left by a person who names another place", async () => {
    const path = file("x");
    inDeletedFolder();
    const sender = await world.wormhole(["send", path]);
    const receiver = await world.wormhole(["receive", await sender.code()], { isInteractive: true });
    await receiver.says(/What now\? \(r\)ename, \(n\)o: /);
    receiver.types("r\n");
    await receiver.says(/New name or path: /);
    receiver.types(`${into}\n`);
    await receiver.says(/written to/);
    expect(hash(`${into}/x`)).toBe(hash(path));
  });
});

describe("a folder", () => {
  it("arrives with everything in it", async () => {
    mkdirSync(world.at("d/e"), { recursive: true });
    mkdirSync(world.at("d/empty"));
    file("d/1", 5);
    file("d/e/2", 70_000);
    const { sent, received } = await world.transfer([`${world.at("d")}/`], ["--accept-file", "-o", into]);
    expect([sent.status, received.status]).toEqual([0, 0]);
    for (const name of ["1", "e/2"]) expect(hash(`${into}/d/${name}`)).toBe(hash(world.at(`d/${name}`)));
    expect(readdirSync(`${into}/d/empty`)).toEqual([]);
    expect(sent.stderr).toContain("Offering the folder 'd' (2 files, 70.0 kB). The other side is being asked...\n");
    expect(received.stderr).toMatch(/\nReceived folder written to: [^\n]+\n$/);
  });

  it("is sent without unreadable files only with --ignore-unsendable-files", async () => {
    mkdirSync(world.at("d"));
    file("d/1", 5);
    symlinkSync("nowhere", world.at("d/2"));
    const refused = await (await world.wormhole(["send", world.at("d")])).outcome;
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringMatching(/^ERROR: [^\n]+\n$/) });
    const args = ["--ignore-unsendable-files", world.at("d")];
    const { sent } = await world.transfer(args, ["--accept-file", "-o", into]);
    expect(sent).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Skipping '[^\n]*2': /) });
    expect(readdirSync(`${into}/d`)).toEqual(["1"]);
  });
});
