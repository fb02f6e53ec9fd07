import { expect, it } from "vitest";
import { ReconnectBackoff } from "../../../src/dilation/connection/reconnect-backoff.ts";
import { BACKOFF_MS, MAX_BACKOFF_MS, MAX_USELESS_CONNECTIONS } from "../../../src/dilation/limits.ts";

/** Connections that begin and end with these numbers of records carried; the pauses after them. */
function pauses(connections: readonly (readonly [began: number, ended: number])[]): number[] {
  const gain = new ReconnectBackoff();
  return connections.map(([began, ended]) => {
    gain.began(began);
    return gain.ended(ended);
  });
}

const vain = (times: number) => Array.from({ length: times }, () => [5, 5] as const);

// proves: dilation/backoff-grows
it("a few connections in vain are replaced at once, the next ones later and later", () => {
  const all = pauses(vain(MAX_USELESS_CONNECTIONS + 3));
  expect(all.slice(0, MAX_USELESS_CONNECTIONS)).toEqual(Array(MAX_USELESS_CONNECTIONS).fill(0));
  expect(all.slice(MAX_USELESS_CONNECTIONS)).toEqual([2, 4, 8].map((times) => times * BACKOFF_MS));
  expect(pauses(vain(MAX_USELESS_CONNECTIONS + 20)).at(-1)).toBe(MAX_BACKOFF_MS);
});

it("one that has carried something is replaced at once, and what was before is forgotten", () => {
  expect(pauses([...vain(MAX_USELESS_CONNECTIONS), [5, 6], ...vain(MAX_USELESS_CONNECTIONS)])).toEqual(
    Array(2 * MAX_USELESS_CONNECTIONS + 1).fill(0),
  );
});
