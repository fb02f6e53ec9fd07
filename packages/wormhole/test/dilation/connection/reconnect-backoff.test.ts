/** How long reconnecting waits after useless connections. */
import { expect, it } from "vitest";
import { ReconnectBackoff } from "../../../src/dilation/connection/reconnect-backoff.ts";
import { BACKOFF_MS, MAX_BACKOFF_MS, MAX_USELESS_CONNECTIONS } from "../../../src/dilation/limits.ts";

/** Returns the pauses after connections that begin and end at these numbers of records carried. */
function pauses(connections: readonly (readonly [began: number, ended: number])[]): number[] {
  const backoff = new ReconnectBackoff();
  return connections.map(([began, ended]) => {
    backoff.began(began);
    return backoff.ended(ended);
  });
}

const useless = (times: number) => Array.from({ length: times }, () => [5, 5] as const);

// proves: dilation/backoff-grows
it("a few useless connections are replaced at once, further ones later and later", () => {
  const all = pauses(useless(MAX_USELESS_CONNECTIONS + 3));
  expect(all.slice(0, MAX_USELESS_CONNECTIONS)).toEqual(Array(MAX_USELESS_CONNECTIONS).fill(0));
  expect(all.slice(MAX_USELESS_CONNECTIONS)).toEqual([2, 4, 8].map((times) => times * BACKOFF_MS));
  expect(pauses(useless(MAX_USELESS_CONNECTIONS + 20)).at(-1)).toBe(MAX_BACKOFF_MS);
});

it("a useful connection is replaced at once, and earlier ones are forgotten", () => {
  expect(pauses([...useless(MAX_USELESS_CONNECTIONS), [5, 6], ...useless(MAX_USELESS_CONNECTIONS)])).toEqual(
    Array(2 * MAX_USELESS_CONNECTIONS + 1).fill(0),
  );
});
