/** Memory that a peer can make this side hold: it is measured, not calculated. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { Inflow } from "../../packages/wormhole/src/dilation/streams/inflow.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** The memory in use, after everything else was collected. Buffers are freed a moment later than their objects. */
async function heldBytes(): Promise<number> {
  for (let n = 0; n < 3; n++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The header of a record, which is in the memory of each chunk. */
const HEADER_BYTES = 9;

// proves: dilation/unread-bounded
it.each([
  { length: 0, count: 500_000 },
  { length: 1, count: 538_000 },
  { length: 16, count: 400_000 },
  { length: 150, count: 150_000 },
  { length: 2047, count: 15_000 },
  { length: 2048, count: 15_000 },
  { length: 65_510, count: 500 },
])("$count unread chunks of $length bytes take little more memory than they are counted", async ({ length, count }) => {
  let counted = 0;
  const inflow = new Inflow({
    arrived: (cost) => {
      counted += cost;
    },
    consumed: (cost) => {
      counted -= cost;
    },
    assembling: () => true,
    assembled() {},
  });
  const before = await heldBytes();
  for (let n = 0; n < count; n++) inflow.push(new Uint8Array(HEADER_BYTES + length).subarray(HEADER_BYTES));
  expect((await heldBytes()) - before).toBeLessThan(1.2 * counted + 2 ** 20);
  inflow.ignore();
  expect(counted).toBe(0);
});
