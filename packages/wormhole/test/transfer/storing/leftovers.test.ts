/** What interrupted transfers leave behind: it is named, and never removed. */

import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { HeldFolder } from "../../../src/transfer/storing/held-folder.node.ts";
import { findLeftovers } from "../../../src/transfer/storing/leftovers.node.ts";
import { makerOf, Staging } from "../../../src/transfer/storing/staging.node.ts";
import { follow, Pair } from "../pair.ts";
import { sandbox } from "../sandbox.ts";
import { newFile, newFolder, parts } from "./storing.ts";

async function held(root: string): Promise<HeldFolder> {
  const folder = await HeldFolder.open(root);
  onTestFinished(() => folder.close());
  return folder;
}

/** The name that a private folder of this process has. */
async function ownName(): Promise<string> {
  const root = sandbox();
  const staging = await Staging.create(await held(root));
  const [name = ""] = parts(root);
  await staging.remove();
  return name;
}

/** The number of a process that has ended. */
const endedProcess = (): string => execFileSync("sh", ["-c", "echo $$"], { encoding: "utf8" }).trim();

const DAY = 24 * 60 * 60 * 1000;

/** Puts an interrupted transfer of this size into a folder. */
function interrupt(root: string, name: string, bytes: number, ageMs = 0): void {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, "file"), new Uint8Array(bytes));
  const then = new Date(Date.now() - ageMs);
  for (const path of [join(root, name, "file"), join(root, name)]) utimesSync(path, then, then);
}

describe("a part of an earlier transfer", () => {
  type Change = (own: string) => string;
  const ended: Change = (own) => own.replace(`-${process.pid}-`, `-${endedProcess()}-`);
  const earlier: Change = (own) => own.replace(/-[0-9a-z]+\.wormhole-part$/, "-1.wormhole-part");
  const elsewhere: Change = (own) => own.replace(/\.[0-9a-f]{8}-/, ".00000000-");
  const old: Change = () => ".0123456789abcdef.wormhole-part";

  it.each<[string, Change, number, boolean]>([
    ["of a process that has ended is named", ended, 0, true],
    ["of an earlier process with the same number is named", earlier, 0, true],
    ["of this process is not named, because it may still run", (own) => own, 2 * DAY, false],
    [
      "of a process that runs is not named",
      (own) => own.replace(`-${process.pid}-`, `-${process.ppid}-`),
      2 * DAY,
      false,
    ],
    ["of another machine is named after a day", elsewhere, DAY + 60_000, true],
    ["of another machine is not named on the same day", elsewhere, DAY - 60_000, false],
    ["of an older version is named after a day", old, DAY + 60_000, true],
    ["of an older version is not named on the same day", old, 0, false],
    ["of another program is not named", () => ".0123.wormhole-part", 2 * DAY, false],
    ["with a name of that kind, but without the dot, is not named", (own) => own.slice(1), 2 * DAY, false],
  ])("%s", async (_, change, age, named) => {
    const root = sandbox();
    const name = change(await ownName());
    interrupt(root, name, 1234, age);
    const found = await findLeftovers(await held(root));
    expect(found).toEqual(named ? [{ path: join(root, name), bytes: 1234 }] : []);
    expect(readdirSync(root)).toEqual([name]);
  });

  it("that still grows is not named, although its folder is old", async () => {
    const root = sandbox();
    const name = elsewhere(await ownName());
    interrupt(root, name, 1, 2 * DAY);
    utimesSync(join(root, name, "file"), new Date(), new Date());
    expect(await findLeftovers(await held(root))).toEqual([]);
  });

  it("is measured with everything in it", async () => {
    const root = sandbox();
    const name = ended(await ownName());
    interrupt(root, name, 100);
    mkdirSync(join(root, name, "tree", "deep"), { recursive: true });
    writeFileSync(join(root, name, "tree", "deep", "x"), new Uint8Array(23));
    expect(await findLeftovers(await held(root))).toMatchObject([{ bytes: 123 }]);
  });

  it.skipIf(process.getuid?.() !== 0)("of another user is not named", async () => {
    const root = sandbox();
    const name = ended(await ownName());
    interrupt(root, name, 1);
    chownSync(join(root, name), 12345, 12345);
    expect(await findLeftovers(await held(root))).toEqual([]);
  });

  it("is made under a name that tells its process", async () => {
    expect(makerOf(await ownName())).toBe("running");
    expect(makerOf("a.txt")).toBeUndefined();
  });

  it("is not what a transfer of the same process needs at the moment", async () => {
    const root = sandbox();
    await newFile("a", { directory: root });
    await newFolder("b", { directory: root });
    expect(parts(root)).toHaveLength(2);
    expect(await findLeftovers(await held(root))).toEqual([]);
  });

  it("is reported once by the next transfer into the folder, before the question", async () => {
    const root = sandbox();
    const inbox = join(root, "inbox");
    mkdirSync(inbox);
    writeFileSync(join(root, "a.txt"), "hello");
    const name = ended(await ownName());
    interrupt(inbox, name, 48);
    const pair = new Pair();
    const sender = pair.sendPath(join(root, "a.txt"));
    const receiver = pair.receive(await sender.code, { directory: inbox });
    const seen: unknown[] = [];
    await Promise.all([
      follow(sender),
      follow(receiver, (event) => {
        if (event.type === "notice" || event.type === "offer") seen.push(event);
      }),
    ]);
    expect(seen).toMatchObject([
      { type: "notice", notice: "leftover", path: join(inbox, name), bytes: 48 },
      { type: "offer" },
    ]);
    expect(readdirSync(inbox).sort()).toEqual([name, "a.txt"].sort());
  });
});
