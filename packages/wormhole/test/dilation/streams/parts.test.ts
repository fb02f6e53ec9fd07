/** The extension `parts`: long chunks in records of one Noise message each. */
import { expect, it } from "vitest";
import { CREDIT_BYTES } from "../../../src/dilation/limits.ts";
import { MAX_WHOLE_RECORD_BYTES, readWholeFrameLength } from "../../../src/dilation/wire/frames.ts";
import type { Connection, StreamNetwork } from "../../../src/net/connection.ts";
import { MemoryNetwork } from "../../../src/testing/network.ts";
import { dilatedPair, leave } from "../pair.ts";

/** Wraps a machine, so that the lengths of all frames that it writes are added to `lengths`. */
function listening(machine: StreamNetwork, lengths: number[]): StreamNetwork {
  const watched = (connection: Connection): Connection =>
    new Proxy(connection, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name !== "write") return typeof value === "function" ? value.bind(target) : value;
        return (bytes: Uint8Array) => {
          // The prologue is not a frame.
          if (bytes[0] === 0) lengths.push(...frames(bytes));
          return target.write(bytes);
        };
      },
    });
  return {
    ...machine,
    dial: async (...given) => watched(await machine.dial(...given)),
    listen: async (accept, port) => {
      if (!machine.listen) throw new Error("this machine cannot listen");
      return machine.listen((connection) => accept(watched(connection)), port);
    },
  };
}

function frames(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += 4 + view.getUint32(at)) lengths.push(view.getUint32(at));
  return lengths;
}

function machines(lengths: number[]) {
  const network = new MemoryNetwork();
  const leader = listening(network.machine("10.0.0.1"), lengths);
  return { network, machines: { leader, follower: network.machine("10.0.0.2") } };
}

const sizes = [
  0,
  1,
  MAX_WHOLE_RECORD_BYTES - 9,
  MAX_WHOLE_RECORD_BYTES - 8,
  3 * MAX_WHOLE_RECORD_BYTES,
  5 * 1024 * 1024,
  CREDIT_BYTES,
];

it("a chunk of any length arrives whole, and no frame has more than one message", async () => {
  const lengths: number[] = [];
  const both = await dilatedPair(machines(lengths));
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const reader = far.readable.getReader();
  const writer = near.writable.getWriter();
  for (const size of sizes) {
    const chunk = Uint8Array.from({ length: size }, (_, i) => i % 251);
    const [{ value }] = await Promise.all([reader.read(), writer.write(chunk)]);
    expect(Buffer.compare(value ?? Buffer.of(1), chunk), `${size} bytes`).toBe(0);
  }
  expect(Math.max(...lengths)).toBe(65_535);
  await leave(both);
});

it("a chunk that was interrupted arrives whole over the next connection", async () => {
  const both = await dilatedPair();
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const chunk = Uint8Array.from({ length: 1_000_000 }, (_, i) => i % 251);
  const written = near.writable.getWriter().write(chunk);
  both.network.cut();
  const { value } = await far.readable.getReader().read();
  expect(Buffer.compare(value ?? Buffer.of(1), chunk)).toBe(0);
  await written;
  await leave(both);
});

// An attacker on the network can cut a frame of two messages, whatever the reader does.
// proves: dilation/frames-whole
it.each([
  ["no extension", []],
  ["credit only", ["credit"]],
])("a program with %s gets a long chunk as several, and no frame of two messages", async (_, extensions) => {
  const lengths: number[] = [];
  const censor = (message: Record<string, unknown>) =>
    (message.type === "please" ? { ...message, extensions } : message) as never;
  const both = await dilatedPair({ ...machines(lengths), censor });
  const near = await both.a.client.connect();
  const far = (await both.b.server.listen().next()).value;
  const chunk = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
  const writer = near.writable.getWriter();
  const written = writer.write(chunk).then(() => writer.close());
  const pieces: Uint8Array[] = [];
  for await (const piece of far.readable) pieces.push(piece);
  expect(Buffer.compare(Buffer.concat(pieces), chunk)).toBe(0);
  expect(pieces.map(({ length }) => length)).toEqual([65_510, 65_510, 65_510, 3_470]);
  expect(Math.max(...lengths)).toBe(65_535);
  await written;
  await leave(both);
});

// proves: dilation/frames-whole
it("two messages in one frame are refused if both sides use this extension", () => {
  const header = (length: number) => Uint8Array.of(length >>> 24, length >>> 16, length >>> 8, length);
  expect(readWholeFrameLength(header(65_535), 0)).toBe(65_535);
  expect(() => readWholeFrameLength(header(65_536), 0)).toThrow("corrupted");
});
