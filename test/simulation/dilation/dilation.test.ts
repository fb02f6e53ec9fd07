/** Plays simulated dilations, and checks that planted bugs are found. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { bugs } from "./bugs.ts";
import { explore } from "./explore.ts";
import { cell, does, sends, skip, without } from "./planting.ts";

const simulate = (...options: string[]) =>
  promisify(execFile)(process.execPath, [
    "--import",
    "./test/simulation/hooks.ts",
    "test/simulation/run.ts",
    "--suite",
    "dilation",
    ...options,
  ]).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );

// proves: dilation/once-in-order
it.concurrent("a thousand worlds have no faults", { timeout: 300_000 }, async () => {
  const story = await simulate("--seeds", "1000");
  // Some transitions are rare: only the 20,000 worlds of `npm test` must take every one.
  expect(story).toMatch(/^1000 worlds in .* s: 0 with faults$/m);
});

it.concurrent("every planted bug is found", { timeout: 300_000 }, async () => {
  const story = await simulate("--bugs", "--seeds", "2000");
  expect(story).toContain(`\n${bugs.length} planted bugs, 0 missed\n`);
});

// proves: dilation/always-a-way-on
it("from every state between two connections, the next connection can be reached", () => {
  const { states, faults } = explore();
  expect(faults).toEqual([]);
  expect(states).toBeGreaterThan(1000);
});

const wrongTables = [
  cell(
    "the leader does not report that it has lost the connection",
    "manager: connected, lost",
    without(sends("reconnect")),
  ),
  cell("the follower does not drop the old generation", "manager: lonely, reconnect", without(does("disconnect"))),
  cell("the leader begins anew at once", "manager: connected, lost", (right) => (state, event, random) => {
    const [, ...effects] = right(state, event, random);
    if (state.role !== "leader") return right(state, event, random);
    const generation = Number(state.generation) + 1;
    return [{ ...state, at: "connecting", generation }, ...effects, { do: "connect", role: "leader", generation }];
  }),
  skip("a goodbye is ignored", "manager: connected, goodbye"),
];

it.each(wrongTables)("the exploration finds this bug: $name", ({ plant }) => {
  const mend = plant();
  const { faults } = explore();
  mend();
  expect(faults).not.toEqual([]);
});
