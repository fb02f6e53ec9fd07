/** Whole transfers of things that change: both sides have the same bytes, or both sides say that it failed. */
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Transfer, TransferEvent } from "../../src/transfer/api.ts";
import { follow, Pair } from "./pair.ts";
import { sandbox } from "./sandbox.ts";

const LARGE = "0123456789abcdef".repeat(200_000);

type Event = TransferEvent<unknown>;
type Moment = "the code is known" | "the offer is shown" | "the sides are connected";
const MOMENTS: readonly Moment[] = ["the code is known", "the offer is shown", "the sides are connected"];

/** Sends a path, makes a change at a moment, and receives. Returns results, or errors, and the sender's notices. */
async function send(path: string, moment: Moment, change: () => void) {
  const pair = new Pair();
  const inbox = sandbox();
  const sender = pair.sendPath(path);
  const code = await sender.code;
  if (moment === "the code is known") change();
  const receiver = pair.receive(code, { directory: inbox });
  const notices: Event[] = [];
  const changeAt = (event: Event) => {
    if (event.type === (moment === "the offer is shown" ? "offer" : "connected") && moment !== "the code is known")
      change();
  };
  const [sent, received] = await Promise.all([
    outcome(sender, (event) => event.type === "notice" && notices.push(event)),
    outcome(receiver, changeAt),
  ]);
  return { sent, received, notices, inbox, files: readdirSync(inbox), pair };
}

async function outcome(transfer: Transfer<unknown>, on: (event: Event) => void): Promise<unknown> {
  await follow(transfer, on).catch(() => {});
  return transfer.done.catch((error: unknown) => error);
}

/** A folder `tree` with `sub/log`, and the path of the log. */
function stage(text: string): { root: string; log: string } {
  const root = join(sandbox(), "tree");
  mkdirSync(join(root, "sub"), { recursive: true });
  writeFileSync(join(root, "sub", "log"), text);
  return { root, log: join(root, "sub", "log") };
}

describe("a file that", () => {
  // proves: transfer/grown-source
  it.each(
    MOMENTS.flatMap((moment) =>
      [["empty", ""] as const, ["large", LARGE] as const].map((text) => [moment, ...text] as const),
    ),
  )("grows when %s arrives as announced, alone and in a folder (%s)", async (moment, _, text) => {
    for (const path of ["log", "root"] as const) {
      const here = stage(text);
      const { sent, received, inbox } = await send(here[path], moment, () => appendFileSync(here.log, "MORE"));
      expect(sent).toMatchObject({ sha256: expect.any(String) });
      expect(received).toMatchObject({ sha256: (sent as { sha256: string }).sha256 });
      expect(readFileSync(join(inbox, path === "log" ? "log" : "tree/sub/log"), "utf8")).toBe(text);
    }
  });

  // proves: transfer/same-source, transfer/failures-reported
  it.each<[string, (here: { root: string; log: string }) => void]>([
    ["shrinks", ({ log }) => truncateSync(log, 5)],
    ["vanishes", ({ log }) => rmSync(log)],
    ["becomes a link", ({ log }) => [renameSync(log, `${log}2`), symlinkSync("log2", log)]],
    ["loses its folder to a link", ({ root }) => [renameSync(join(root, "sub"), join(root, "sub2")), symlinkSync("sub2", join(root, "sub"))]],
  ])("%s in a folder ends the transfer on both sides, and nothing is kept", async (_, change) => {
    for (const moment of ["the code is known", "the offer is shown"] as const) {
      const here = stage(LARGE);
      const { sent, received, files, pair } = await send(here.root, moment, () => change(here));
      expect(sent).toMatchObject({ code: "source-changed", message: expect.stringContaining("'tree/sub/log'") });
      expect(received).toMatchObject({ code: "source-changed", message: expect.not.stringContaining("log") });
      expect(files).toEqual([]);
      expect(pair.isClean).toBe(true);
    }
  }); // biome-ignore format: a table

  it("shrinks alone ends the transfer on both sides, even if nothing is left of it", async () => {
    for (const size of [0, 5]) {
      const { log } = stage(LARGE);
      const { sent, received, files } = await send(log, "the code is known", () => truncateSync(log, size));
      expect(sent).toMatchObject({ code: "source-changed" });
      expect(received).toMatchObject({ code: "source-changed" });
      expect(files).toEqual([]);
    }
  });

  it.runIf(process.platform === "linux")("has no true size arrives with its content", async () => {
    const { received, inbox } = await send("/proc/version", "the code is known", () => {});
    expect(received).toMatchObject({ kind: "file" });
    expect(readFileSync(join(inbox, "version"), "utf8")).toBe(readFileSync("/proc/version", "utf8"));
  });
});

describe("a text", () => {
  it.each<[string, unknown]>([
    ["is a number", 42],
    ["is missing", undefined],
    ["is bytes", new Uint8Array(2)],
  ])("that %s is refused at the call", (_, text) => {
    const pair = new Pair();
    expect(() => pair.sendText(text as string)).toThrow(TypeError);
    expect(pair.server.received).toEqual([]);
  });

  it.each<[string, string, object]>([
    [
      "that is too long",
      "x".repeat(600_000),
      { code: "message-too-large", message: expect.stringMatching(/Send it as a file/) },
    ],
    ["that is too long when it is encoded", "\u0001".repeat(90_000), { code: "message-too-large" }],
  ])("%s is refused before there is a code", async (_, text, error) => {
    const pair = new Pair();
    const transfer = pair.sendText(text);
    await expect(transfer.code).rejects.toMatchObject(error);
    await expect(transfer.done).rejects.toMatchObject(error);
    expect(pair.server.received).toEqual([]);
  });

  it("of the greatest length arrives", async () => {
    const pair = new Pair();
    const text = "x".repeat(500_000 - '{"offer":{"message":""}}'.length);
    const sender = pair.sendText(text);
    const receiver = pair.receive(await sender.code, { accept: true });
    await expect(receiver.done).resolves.toEqual({ kind: "text", text });
    await expect(sender.done).resolves.toEqual({ kind: "text" });
  });
});

describe("a folder", () => {
  it("arrives with the times of its files, to the second and whatever the time zone", async () => {
    const here = stage("x");
    utimesSync(here.log, 1_000_000_001, 1_000_000_001);
    const { pair, inbox } = await send(here.root, "the code is known", () => {});
    expect(pair.isClean).toBe(true);
    expect(statSync(join(inbox, "tree/sub/log")).isFile()).toBe(true);
  });
});
