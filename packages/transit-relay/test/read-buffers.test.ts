import { expect, it } from "vitest";
import { READ_BYTES } from "../src/limits.ts";
import { ReadBuffers } from "../src/read-buffers.ts";

const MUCH = READ_BYTES / 4;

it("who brings little shares a buffer with all others, and what came stays when they use it", () => {
  const buffers = new ReadBuffers();
  const buffer = buffers.next(0);
  expect(buffers.next(MUCH - 1)).toBe(buffer);
  buffer.fill(1);
  const first = buffers.take(buffer, 3);
  buffer.fill(2);
  expect(first.bytes).toEqual(Uint8Array.of(1, 1, 1));
  expect(first.release).toBeUndefined();
});

it("who brings much reads into memory of its own, which nobody else gets before it is released", () => {
  const buffers = new ReadBuffers();
  const own = buffers.next(MUCH);
  const chunk = buffers.take(own, MUCH);
  expect(chunk.bytes.buffer).toBe(own.buffer);
  expect(chunk.bytes.length).toBe(MUCH);
  const another = buffers.next(MUCH);
  expect(new Set([own, another, buffers.next(0)]).size).toBe(3);
  chunk.release?.();
  expect(buffers.next(MUCH)).toBe(own);
});

it("who has brought much and now brings little gives its memory back at once", () => {
  const buffers = new ReadBuffers();
  const own = buffers.next(MUCH);
  const chunk = buffers.take(own.fill(1), 2);
  expect(buffers.next(MUCH)).toBe(own);
  own.fill(2);
  expect(chunk.bytes).toEqual(Uint8Array.of(1, 1));
});

it("little is kept for later", () => {
  const buffers = new ReadBuffers();
  const chunks = Array.from({ length: 1000 }, () => buffers.take(buffers.next(MUCH), MUCH));
  const seen = new Set(chunks.map(({ bytes }) => bytes.buffer));
  expect(seen.size).toBe(1000);
  for (const { release } of chunks) release?.();
  const again = Array.from({ length: 1000 }, () => buffers.next(MUCH).buffer);
  expect(again.filter((buffer) => seen.has(buffer)).length).toBe(64);
});
