/** Runs the examples of docs/testing.md and docs/tor.md against the built package. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { launch } from "../support/processes.ts";
import { root } from "../support/programs.ts";

/** Runs the first example of a page in a folder of its own. `change` replaces what a test machine does not have. */
function example(page: string, change: (text: string) => string = (text) => text) {
  const folder = mkdtempSync(join(tmpdir(), "example-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "node_modules/@wormhole-ts"), { recursive: true });
  symlinkSync(join(root, "packages/wormhole"), join(folder, "node_modules/@wormhole-ts/wormhole"));
  const [, text = ""] = /^```ts\n(.*?)^```/ms.exec(readFileSync(join(root, page), "utf8")) ?? [];
  writeFileSync(join(folder, "example.ts"), change(text));
  return launch([process.execPath, "example.ts"], { cwd: folder }).ended;
}

it("the example of docs/testing.md needs no sockets", async () => {
  const { stdout, code } = await example("docs/testing.md");
  expect(stdout).toBe("still here\nthrough the relay\n");
  expect(code).toBe(0);
});

it("the example of docs/tor.md ends with NoTorError if there is no Tor", async () => {
  const nowhere = (text: string) => text.replace("getTor()", 'getTor({ controlPort: "tcp:127.0.0.1:1" })');
  const { stderr, code } = await example("docs/tor.md", nowhere);
  expect(stderr).toContain("NoTorError");
  expect(code).toBe(1);
});
