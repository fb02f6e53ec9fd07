/** docs/dilation.md: its example works as a reader would run it, and its numbers are those of the code. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { expect, it, onTestFinished } from "vitest";
import * as limits from "../../packages/wormhole/src/dilation/limits.ts";
import { Allowance, SharedCredit } from "../../packages/wormhole/src/dilation/streams/allowance.ts";
import { CONTROL, SUBCHANNEL } from "../../packages/wormhole/src/dilation/streams/endpoints.ts";
import { encodePlease } from "../../packages/wormhole/src/dilation/wire/control.ts";
import { launch } from "../support/processes.ts";
import { root } from "../support/programs.ts";

const page = readFileSync(join(root, "docs/dilation.md"), "utf8");

it("the example prints what it sent, in capitals", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dilation-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using server = await startMailboxServer();
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  symlinkSync(join(root, "packages/wormhole"), join(folder, "node_modules/@wormhole-ts/wormhole"));
  const [, example = ""] = /^```ts\n(.*?)^```/ms.exec(page) ?? [];
  writeFileSync(join(folder, "example.ts"), example.replaceAll(/ws:[^"]+/g, server.url));
  const { stdout, stderr, code } = await launch([process.execPath, "example.ts"], { cwd: folder }).ended;
  expect(stdout, stderr).toBe("HELLO, \nBOB\n");
  expect(code).toBe(0);
});

/** Reads a value as the page writes it: `24 MiB`, `1.5 s`, `64`. The name says whether the code counts seconds. */
function value(name: string, text: string): number {
  const [, number, unit = ""] = /^([\d.]+)(?: (KiB|MiB|s))?$/.exec(text) ?? [];
  const scale = { KiB: 1024, MiB: 1024 * 1024, s: name.endsWith("_SECONDS") ? 1 : 1000, "": 1 }[unit] ?? Number.NaN;
  return Number(number) * scale;
}

const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm)].map(
  ([, name = "", text = ""]) => [name, text] as const,
);

it.each(rows)("%s is %s", (name, text) => {
  expect({ ...limits }).toHaveProperty(name, value(name, text));
});

it("the tables of bounds are there", () => {
  expect(rows.length).toBeGreaterThan(15);
});

const MIB = 1024 * 1024;

/** Bytes that each of `reading` subchannels may have outstanding, while others were opened and are never read. */
function outstanding(reading: number, stalled: number): number[] {
  const shared = new SharedCredit();
  for (let n = 0; n < stalled; n++) new Allowance(shared).arrived(limits.FIRST_CREDIT_BYTES);
  const readers = Array.from({ length: reading }, () => ({ allowance: new Allowance(shared), sent: 0, read: 0 }));
  const granted = (allowance: Allowance) => allowance.total ?? limits.FIRST_CREDIT_BYTES;
  for (let turn = 0; turn < 400; turn++) {
    for (const reader of readers) {
      reader.allowance.arrived(granted(reader.allowance) - reader.sent);
      reader.sent = granted(reader.allowance);
      const taken = Math.min(2 * MIB, reader.sent - reader.read);
      reader.read += taken;
      reader.allowance.consumed(taken);
    }
  }
  return readers.map(({ allowance, read }) => granted(allowance) - read);
}

const credits = [...page.matchAll(/^\| (\d+) \| (\d+) \| ([\d.]+) MiB \|$/gm)].map((row) => row.slice(1).map(Number));

it("the table of credit is there", () => {
  expect(credits).toHaveLength(3);
});

it.each(credits)(
  "%i subchannels that are read beside %i that are not may each have %d MiB",
  (reading, stalled, mib) => {
    for (const bytes of outstanding(reading, stalled)) expect(bytes / MIB).toBeCloseTo(mib, 1);
  },
);

it("every extension that this library announces is explained, and no other", () => {
  const explained = [...page.matchAll(/^\| `([a-z-]+)` \| [A-Z]/gm)].map(([, name]) => name);
  expect(new Set(explained)).toEqual(new Set(encodePlease("").extensions as string[]));
});

it("the subprotocols of `control`, `client` and `server` are named", () => {
  for (const name of [CONTROL, SUBCHANNEL]) expect(page).toContain(`the subprotocol \`${name}\``);
});
