/** Messages that have arrived and that the application does not take, with limits that a test reaches soon. */
import { expect, it, vi } from "vitest";
import type { Wormhole } from "../../src/index.ts";
import { CODE, World } from "./world.ts";

const [MOST, MOST_BYTES, LONGEST] = [100, 1_000_000, 400_000];

vi.mock("../../src/session/limits.ts", async (original) => ({
  ...(await original<object>()),
  MAX_UNTAKEN_MESSAGES: 100,
  MAX_UNTAKEN_BYTES: 1_000_000,
}));

/** Two wormholes that have met. */
async function met(): Promise<{ world: World; a: Wormhole; b: Wormhole }> {
  const world = new World();
  const [a, b] = [world.wormhole(), world.wormhole()];
  for (const side of [a, b]) side.setCode(CODE);
  await Promise.all([a.getVersions(), b.getVersions()]);
  return { world, a, b };
}

const ended = expect.objectContaining({ code: "server-error", reason: "too many messages" });

// proves: session/bounded
it("they end the wormhole when their number exceeds the limit, and stay readable", async () => {
  const { world, a, b } = await met();
  for (let n = 0; n <= MOST; n++) a.sendMessage(new Uint8Array(1));
  await world.settle();
  await expect(b.closed).rejects.toEqual(ended);
  for (let n = 0; n <= MOST; n++) expect(await b.getMessage()).toHaveLength(1);
  await expect(b.getMessage()).rejects.toEqual(ended);
});

it("they end the wormhole when their size exceeds the limit", async () => {
  const { world, a, b } = await met();
  for (let bytes = 0; bytes <= MOST_BYTES; bytes += LONGEST) a.sendMessage(new Uint8Array(LONGEST));
  await world.settle();
  await expect(b.closed).rejects.toEqual(ended);
});

it("they do not count once they are taken, also by a call whose signal aborts", async () => {
  const { world, a, b } = await met();
  for (let round = 0; round < 3; round++) {
    const abort = new AbortController();
    const aborted = b.getMessage({ signal: abort.signal });
    for (let n = 0; n < MOST; n++) a.sendMessage(new Uint8Array(5_000));
    abort.abort();
    await expect(aborted).rejects.toBe(abort.signal.reason);
    await world.settle();
    for (let n = 0; n < MOST; n++) await b.getMessage();
  }
  expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
});
