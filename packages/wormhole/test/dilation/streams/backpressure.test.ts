/** A writer that is faster than the other side's reader has to wait, and no queue grows beyond its bound. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Dilated, Subchannel } from "../../../src/dilation/api.ts";
import {
  FIRST_CREDIT_BYTES,
  HIGH_WATER_MARK_BYTES,
  MAX_UNREAD_BYTES,
  MAX_UNREAD_CREDITED_BYTES,
  RELAYED_WINDOW_BYTES,
  RESERVED_WINDOW_BYTES,
  WINDOW_BYTES,
} from "../../../src/dilation/limits.ts";
import { startMemoryRelay } from "../../../src/testing/relay.ts";
import { soon } from "../clock.ts";
import { Cables, fill, MIB, readBytes, stop } from "../machines.ts";
import { bytes, dilatedPair, type PairOptions, text } from "../pair.ts";

async function begin(options: PairOptions = {}) {
  const both = await dilatedPair(options);
  onTestFinished(() => stop(both));
  return both;
}

/** The peer's program has no extensions. */
const strangers: PairOptions = {
  censor: (message) => (message.type === "please" ? { ...message, extensions: [] } : message),
};

/** Both ends of a subchannel. */
async function join({ a, b }: { a: Dilated; b: Dilated }, name: string): Promise<[near: Subchannel, far: Subchannel]> {
  const [near, { value: far }] = await Promise.all([a.connector(name).connect(), b.listener(name).listen().next()]);
  return [near, far];
}

/** Unacknowledged bytes that one subchannel may have. */
const SUBCHANNEL_WINDOW = WINDOW_BYTES - RESERVED_WINDOW_BYTES;
/** Bytes that a writer may have written beyond a bound: those that its stream keeps, and one more chunk. */
const SLACK = 2 * HIGH_WATER_MARK_BYTES;

describe.each([
  ["another program", strangers, MAX_UNREAD_BYTES + SUBCHANNEL_WINDOW],
  ["a program of ours", {}, FIRST_CREDIT_BYTES],
] as const)("with %s", (_, options, most) => {
  // proves: api/flow-control
  it("a writer without a reader waits: it is not ready, and has no room", async () => {
    const both = await begin(options);
    const [near] = await join(both, "x");
    expect(await fill(near)).toBeLessThanOrEqual(most + SLACK);
    const writer = near.writable.getWriter();
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    expect(await soon(writer.ready)).toBe(false);
  });

  it("the writer continues when the other side reads, and nothing is lost", async () => {
    const both = await begin(options);
    const [near, far] = await join(both, "x");
    const written = await fill(near);
    const writer = near.writable.getWriter();
    const reading = readBytes(far);
    await writer.ready;
    expect(writer.desiredSize).toBeGreaterThan(0);
    await writer.write(bytes("the end"));
    await writer.close();
    expect(await reading).toBe(written + "the end".length);
  });

  it("without a connection, a writer waits until there is one", async () => {
    const cables = new Cables();
    const both = await begin({ ...options, ...cables });
    const [near, far] = await join(both, "x");
    cables.pull();
    const written = await fill(near);
    expect(written).toBeGreaterThan(FIRST_CREDIT_BYTES);
    expect(written).toBeLessThanOrEqual(Math.min(most, SUBCHANNEL_WINDOW) + SLACK);
    const writer = near.writable.getWriter();
    expect(writer.desiredSize).toBeLessThanOrEqual(0);
    cables.mend();
    const reading = readBytes(far);
    await writer.close();
    expect(await reading).toBe(written);
  });

  // proves: dilation/window-bounded, api/flow-control
  it("without a connection, all writers together stay within the window, and new subchannels wait", async () => {
    const cables = new Cables();
    const both = await begin({ ...options, ...cables });
    const count = 40;
    const nears = await Promise.all(Array.from({ length: count }, () => both.a.client.connect()));
    await soon(both.follower.dilation.dilated);
    cables.pull();
    const written = await Promise.all(nears.map((near) => fill(near)));
    const total = written.reduce((sum, each) => sum + each);
    expect(total).toBeGreaterThan(WINDOW_BYTES);
    expect(total).toBeLessThanOrEqual(WINDOW_BYTES + MIB + count * SLACK);
    const enough = new AbortController();
    const connecting = both.a.client.connect(enough);
    expect(await soon(connecting)).toBe(false);
    enough.abort(new Error("enough"));
    await expect(connecting).rejects.toThrow("enough");
    cables.mend();
    const arrivals = both.b.server.listen();
    const fars = await Promise.all(nears.map(async () => (await arrivals.next()).value as Subchannel));
    const reading = Promise.all(fars.map((far) => readBytes(far)));
    await Promise.all(nears.map((near) => near.writable.close()));
    expect(await reading).toEqual(written);
  });

  it("unread and unsent data of many subchannels is bounded", async () => {
    const both = await begin(options);
    const arrivals = both.b.server.listen();
    const count = 2 * Math.ceil(MAX_UNREAD_CREDITED_BYTES / FIRST_CREDIT_BYTES);
    const nears: Subchannel[] = [];
    for (let n = 0; n < count && (await soon(connectInto(nears, both.a))); n++);
    const written = await Promise.all(nears.map((near) => fill(near)));
    const unread = options === strangers ? MAX_UNREAD_BYTES : MAX_UNREAD_CREDITED_BYTES;
    const total = written.reduce((sum, each) => sum + each);
    expect(total).toBeGreaterThan(unread);
    // The connection itself holds two batches, the queue of each direction, and a chunk of each subchannel.
    expect(total).toBeLessThanOrEqual(unread + WINDOW_BYTES + 2 * MIB + count * SLACK);
    const fars = await Promise.all(nears.map(async () => (await arrivals.next()).value as Subchannel));
    const reading = Promise.all(fars.map((far) => readBytes(far)));
    await Promise.all(nears.map((near) => near.writable.close()));
    expect(await reading).toEqual(written);
  });
});

it("the window is larger through a relay", async () => {
  const cables = new Cables();
  const relay = await startMemoryRelay(cables.network, "10.0.0.9");
  const unreachable = { listen: false, relays: [relay] };
  const both = await begin({ ...cables, leader: unreachable, follower: unreachable });
  const nears = await Promise.all(Array.from({ length: 40 }, () => both.a.client.connect()));
  await soon(both.follower.dilation.dilated);
  cables.pull();
  const written = await Promise.all(nears.map((near) => fill(near)));
  const total = written.reduce((sum, each) => sum + each);
  expect(total).toBeGreaterThan(RELAYED_WINDOW_BYTES);
  expect(total).toBeLessThanOrEqual(RELAYED_WINDOW_BYTES + MIB + nears.length * SLACK);
});

async function connectInto(list: Subchannel[], { client }: Dilated): Promise<void> {
  list.push(await client.connect());
}

describe("a slow reader", () => {
  it("does not block others of a program without extensions while little data is unread", async () => {
    const both = await begin(strangers);
    const [slow, slowFar] = await join(both, "slow");
    const [fast, fastFar] = await join(both, "fast");
    const [writer, reader] = [fast.writable.getWriter(), fastFar.readable.getReader()];
    const pass = async () => {
      await writer.write(bytes("through"));
      return text((await reader.read()).value);
    };
    const stalled = slow.writable.getWriter();
    for (let sent = 0; sent < MAX_UNREAD_BYTES - 2 * MIB; sent += MIB) await stalled.write(new Uint8Array(MIB));
    expect(await pass()).toBe("through");
    for (let sent = 0; sent < 3 * MIB; sent += MIB) await stalled.write(new Uint8Array(MIB));
    // The connection is paused until half of the unread data was taken.
    const passing = pass();
    expect(await soon(passing)).toBe(false);
    await readBytes(slowFar, 2 * MIB);
    expect(await soon(passing)).toBe(false);
    await readBytes(slowFar, 3 * MIB);
    expect(await passing).toBe("through");
  });

  // proves: api/independent-streams
  it("never blocks others of a program with our extensions", async () => {
    const both = await begin();
    const [slow] = await join(both, "slow");
    const [fast, fastFar] = await join(both, "fast");
    await fill(slow);
    const writing = (async () => {
      const writer = fast.writable.getWriter();
      for (let sent = 0; sent < 64; sent++) await writer.write(new Uint8Array(MIB));
      await writer.close();
    })();
    expect(await readBytes(fastFar)).toBe(64 * MIB);
    await writing;
  });

  it("blocks only its own direction", async () => {
    const both = await begin(strangers);
    const [near, far] = await join(both, "x");
    await fill(near);
    await far.writable.getWriter().write(bytes("from the slow one"));
    expect(text((await near.readable.getReader().read()).value)).toBe("from the slow one");
  });

  it("that cancels frees the data that waited for it", async () => {
    const both = await begin(strangers);
    const [slow, slowFar] = await join(both, "slow");
    const [fast, fastFar] = await join(both, "fast");
    await fill(slow);
    const passing = fast.writable.getWriter().write(bytes("through"));
    const reading = fastFar.readable.getReader().read();
    expect(await soon(reading)).toBe(false);
    await slowFar.readable.cancel();
    expect(text((await reading).value)).toBe("through");
    await passing;
  });
});

it("many small writes are bounded like a few large ones", async () => {
  const both = await begin();
  const [near] = await join(both, "x");
  // Each chunk of one byte costs 64 more, except those that the stream itself keeps.
  expect(await fill(near, { chunk: new Uint8Array(1) })).toBeLessThanOrEqual(FIRST_CREDIT_BYTES / 65 + SLACK);
});

it("every chunk counts as unread until the application asks for it, even the first", async () => {
  const both = await begin();
  const [near] = await join(both, "x");
  // Two are sent; those that the stream itself keeps wait.
  expect(await fill(near, { chunk: new Uint8Array(FIRST_CREDIT_BYTES / 2) })).toBe(
    FIRST_CREDIT_BYTES + HIGH_WATER_MARK_BYTES,
  );
});

it("a reader gets one chunk for each read", async () => {
  const both = await begin();
  const [near, far] = await join(both, "x");
  const writer = near.writable.getWriter();
  for (const word of ["one", "two", "three"]) await writer.write(bytes(word));
  const reader = far.readable.getReader();
  expect((await Promise.all([reader.read(), reader.read()])).map(({ value }) => text(value))).toEqual(["one", "two"]);
  reader.releaseLock();
  const tee = await Promise.all(far.readable.tee().map((stream) => stream.getReader().read()));
  expect(tee.map(({ value }) => text(value))).toEqual(["three", "three"]);
});
