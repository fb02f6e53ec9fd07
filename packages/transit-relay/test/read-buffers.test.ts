/** Memory for reads. */
import { expect, it } from "vitest";
import { READ_BYTES } from "../src/limits.ts";
import { ReadBuffers } from "../src/read-buffers.ts";

const LARGE = READ_BYTES / 4;

it("small reads share one buffer, and a chunk is not overwritten by the next read", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.next(0);
  expect(buffers.next(LARGE - 1)).toBe(buffer);
  buffer.fill(1);
  const first = buffers.take(buffer, 3);
  buffer.fill(2);
  expect(first.bytes).toEqual(Uint8Array.of(1, 1, 1));
  expect(first.release).toBeUndefined();
});

it("a large read has a buffer of its own, which is not reused before it is released", () => {
  const buffers = new ReadBuffers();
  const own = buffers.next(LARGE);
  const chunk = buffers.take(own, LARGE);
  expect(chunk.bytes.buffer).toBe(own.buffer);
  expect(chunk.bytes.length).toBe(LARGE);
  const another = buffers.next(LARGE);
  expect(new Set([own, another, buffers.next(0)]).size).toBe(3);
  chunk.release?.();
  expect(buffers.next(LARGE)).toBe(own);
});

it("a small read after a large one frees its buffer at once", () => {
  const buffers = new ReadBuffers();
  const own = buffers.next(LARGE);
  const chunk = buffers.take(own.fill(1), 2);
  expect(buffers.next(LARGE)).toBe(own);
  own.fill(2);
  expect(chunk.bytes).toEqual(Uint8Array.of(1, 1));
});

it("no more than 64 buffers are kept", () => {
  const buffers = new ReadBuffers();
  const chunks = Array.from({ length: 1000 }, () => buffers.take(buffers.next(LARGE), LARGE));
  const seen = new Set(chunks.map(({ bytes }) => bytes.buffer));
  expect(seen.size).toBe(1000);
  for (const { release } of chunks) release?.();
  const again = Array.from({ length: 1000 }, () => buffers.next(LARGE).buffer);
  expect(again.filter((buffer) => seen.has(buffer)).length).toBe(64);
});
