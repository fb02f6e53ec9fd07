/** Unread chunks: they come out as they went in, whatever their lengths. */
import { expect, it } from "vitest";
import { Backlog } from "../../../src/dilation/streams/backlog.ts";

/** Pushes chunks of these lengths, and takes them after every `batch` pushes, except for `left` of them. */
function pass(lengths: readonly number[], batch: number, left: number): void {
  const backlog = new Backlog();
  const waiting: Uint8Array[] = [];
  const take = (most: number) => {
    while (waiting.length > most)
      expect(Buffer.compare(backlog.shift() ?? Buffer.of(1), waiting.shift() ?? Buffer.of(2))).toBe(0);
  };
  for (const [n, length] of lengths.entries()) {
    const chunk = Uint8Array.from({ length }, (_, i) => (i + n) % 251);
    backlog.push(chunk);
    waiting.push(chunk.slice());
    // The memory of a short chunk belongs to the connection.
    if (length < 2048) chunk.fill(255);
    if (n % batch === batch - 1) take(left);
  }
  take(0);
  expect(backlog.isEmpty).toBe(true);
  expect(backlog.shift()).toBeUndefined();
}

const many = (length: number, count: number) => Array.from({ length: count }, () => length);
const mixed = Array.from({ length: 3000 }, (_, n) => [0, 1, 2047, 2048, 2049, 7, 100_000, 500][n % 8] ?? 0);

it.each([
  ["empty ones", many(0, 5000)],
  ["of one byte", many(1, 20_000)],
  ["that fill a block", many(2047, 50)],
  ["that need no block", many(2048, 50)],
  ["of many lengths", mixed],
])("chunks %s arrive unchanged and in order", (_, lengths) => {
  pass(lengths, lengths.length, 0);
  pass(lengths, 1, 0);
  pass(lengths, 10, 1);
});
