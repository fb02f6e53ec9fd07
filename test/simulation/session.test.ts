/** Simulated sessions: twenty thousand worlds, and every planted bug. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const simulate = (...options: string[]) =>
  promisify(execFile)(process.execPath, [
    "--import",
    "./test/simulation/hooks.ts",
    "test/simulation/run.ts",
    "--suite",
    "session",
    ...options,
  ]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );

it.concurrent("20,000 worlds have no faults, and take every transition of every machine", {
  timeout: 600_000,
}, async () => {
  const story = await simulate("--seeds", "20000");
  expect(story).toMatch(/^20000 worlds \(.*\) in .* s: 0 with faults\n$/);
});

it.concurrent("every bug that is planted on purpose is found", { timeout: 600_000 }, async () => {
  const story = await simulate("--bugs", "--seeds", "4000");
  expect(story).toMatch(/\n31 planted bugs, 0 missed\n$/);
});
