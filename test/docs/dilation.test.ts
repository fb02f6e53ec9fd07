/** docs/dilation.md: its example does what it says, as a reader would run it, and its numbers are those of the code. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailboxServer } from "@wormhole-ts/mailbox-server";
import { expect, it, onTestFinished } from "vitest";
import * as limits from "../../packages/wormhole/src/dilation/limits.ts";
import { CONTROL, SUBCHANNEL } from "../../packages/wormhole/src/dilation/streams/endpoints.ts";
import { encodePlease } from "../../packages/wormhole/src/dilation/wire/control.ts";
import { launch } from "../support/processes.ts";
import { root } from "../support/programs.ts";

const page = readFileSync(join(root, "docs/dilation.md"), "utf8");

it("a stream goes there, and comes back in capitals", async () => {
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

/** Seconds in the code, where everything else is milliseconds. */
const IN_SECONDS = ["PING_INTERVAL", "PATIENCE"];

/** As the page writes it: `24 MiB`, `1.5 s`, `64`. */
function value(name: string, text: string): number {
  const [, number, unit = ""] = /^([\d.]+)(?: (KiB|MiB|s))?$/.exec(text) ?? [];
  const scale = { KiB: 1024, MiB: 1024 * 1024, s: IN_SECONDS.includes(name) ? 1 : 1000, "": 1 }[unit] ?? Number.NaN;
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

it("every extension that we announce is explained, and no other", () => {
  const explained = [...page.matchAll(/^\| `([a-z-]+)` \| [A-Z]/gm)].map(([, name]) => name);
  expect(new Set(explained)).toEqual(new Set(encodePlease("").extensions as string[]));
});

it("the names that the triple is made of are said", () => {
  for (const name of [CONTROL, SUBCHANNEL]) expect(page).toContain(`the subprotocol \`${name}\``);
});
