import { expect, it } from "vitest";
import { Gain } from "../../../src/dilation/connection/reconnect-backoff.ts";
import { MAX_VAIN, VAIN_PAUSE, VAIN_PAUSE_MOST } from "../../../src/dilation/limits.ts";

/** Connections that begin and end with these numbers of records carried; the pauses after them. */
function pauses(connections: readonly (readonly [began: number, ended: number])[]): number[] {
  const gain = new Gain();
  return connections.map(([began, ended]) => {
    gain.began(began);
    return gain.ended(ended);
  });
}

const vain = (times: number) => Array.from({ length: times }, () => [5, 5] as const);

it("a few connections in vain are replaced at once, the next ones later and later", () => {
  const all = pauses(vain(MAX_VAIN + 3));
  expect(all.slice(0, MAX_VAIN)).toEqual(Array(MAX_VAIN).fill(0));
  expect(all.slice(MAX_VAIN)).toEqual([2, 4, 8].map((times) => times * VAIN_PAUSE));
  expect(pauses(vain(MAX_VAIN + 20)).at(-1)).toBe(VAIN_PAUSE_MOST);
});

it("one that has carried something is replaced at once, and what was before is forgotten", () => {
  expect(pauses([...vain(MAX_VAIN), [5, 6], ...vain(MAX_VAIN)])).toEqual(Array(2 * MAX_VAIN + 1).fill(0));
});
