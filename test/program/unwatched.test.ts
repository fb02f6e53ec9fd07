/** A promise of the library that an application ignores never ends its process, however the call ends. */
import { spawnSync } from "node:child_process";
import { createWormhole, TransitSender } from "@wormhole-ts/wormhole";
import { expect, it } from "vitest";
import { root } from "../support/programs.ts";

/** Runs the program, which ignores every promise, and returns its rows. */
function rows(): Record<string, number> {
  const { stdout, stderr } = spawnSync(process.execPath, ["test/support/unwatched-program.ts"], {
    cwd: root,
    encoding: "utf8",
    timeout: 90_000,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

// proves: api/unwatched
it("no rejection is unhandled, for every public call and every way to end", { timeout: 100_000 }, () => {
  const all = rows();
  expect(Object.entries(all).filter(([, count]) => count > 0)).toEqual([]);
  expect(Object.keys(all).length).toBeGreaterThan(200);
  // Every method of the public classes that returns a promise has a row.
  const wormhole = createWormhole({ appId: "a", relayUrl: "ws://x", signal: AbortSignal.abort() });
  const asynchronous = [...methods(wormhole), ...methods(new TransitSender())].filter((name) =>
    /^(?:get|close|dilate|messages|connect$)/.test(name),
  );
  const named = Object.keys(all).join("\n");
  expect(asynchronous.filter((name) => !named.includes(name) && name !== "getConnectionAbilities")).toEqual([]);
});

/** The names of the public methods and getters of an object, inherited ones included. */
function methods(object: object): string[] {
  const names: string[] = [];
  for (let proto: unknown = object; proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto))
    names.push(...Object.getOwnPropertyNames(proto));
  return names;
}
