/** How subchannels end: by either side, in either direction, or with the wormhole. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Subchannel } from "../../src/dilation/api.ts";
import { CREDIT_BYTES, LEAVE_DEADLINE_MS, MAX_WRITE_BYTES } from "../../src/dilation/limits.ts";
import { checkDilateOptions } from "../../src/dilation/options.ts";
import { encodeData, encodeOpen } from "../../src/dilation/wire/records.ts";
import { WormholeClosedError } from "../../src/errors.ts";
import { clock, soon } from "./clock.ts";
import { play } from "./hand.ts";
import { Cables, fill, MIB, readBytes, stop } from "./machines.ts";
import { bytes, chunks, dilatedPair, leave, type Pair, type PairOptions, text } from "./pair.ts";

interface Joined extends Pair {
  readonly near: Subchannel;
  readonly far: Subchannel;
}

/** Opens a subchannel at the leader. Returns both of its ends. */
async function join(options: PairOptions = {}): Promise<Joined> {
  const both = await dilatedPair(options);
  onTestFinished(() => stop(both));
  const [near, { value: far }] = await Promise.all([both.a.client.connect(), both.b.server.listen().next()]);
  return { ...both, near, far };
}

/** The peer's program has no extensions. */
const strangers: PairOptions = {
  censor: (message) => (message.type === "please" ? { ...message, extensions: [] } : message),
};

async function write({ writable }: Subchannel, words: string): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes(words));
  writer.releaseLock();
}

async function state(promise: Promise<unknown>): Promise<"settled" | "pending"> {
  return (await soon(Promise.allSettled([promise]), 50)) ? "settled" : "pending";
}

describe("one direction", () => {
  // proves: api/independent-streams
  it("ends when its writer closes it, and the other one continues", async () => {
    const { near, far } = await join();
    await write(near, "question");
    await near.writable.close();
    expect(await chunks(far.readable)).toEqual(["question"]);
    expect([await state(near.closed), await state(far.closed)]).toEqual(["pending", "pending"]);
    await write(far, "answer");
    await far.writable.close();
    expect(await chunks(near.readable)).toEqual(["answer"]);
    await Promise.all([near.closed, far.closed]);
  });

  it("is closed when the other side's program has everything, and not before", async () => {
    const cables = new Cables();
    const { near, far } = await join(cables);
    cables.pull();
    await write(near, "under way");
    const closing = near.writable.close();
    expect(await state(closing)).toBe("pending");
    cables.mend();
    await closing;
    expect(await chunks(far.readable)).toEqual(["under way"]);
  });

  it("ends for the reader as usual when the writer aborts", async () => {
    const { near, far } = await join();
    await write(near, "half a");
    await near.writable.abort(new Error("no more"));
    expect(await chunks(far.readable)).toEqual(["half a"]);
    await expect(near.writable.getWriter().write(bytes("x"))).rejects.toThrow("no more");
    await write(far, "still here");
    expect(text((await near.readable.getReader().read()).value)).toBe("still here");
  });

  it("can be aborted while the writer waits for the reader; unsent data is dropped", async () => {
    const { near, far } = await join();
    const written = await fill(near);
    const aborted = near.writable.abort(new Error("no more"));
    expect(await state(aborted)).toBe("settled");
    const got = await readBytes(far);
    expect(got).toBeGreaterThan(0);
    expect(got).toBeLessThan(written);
  });

  it("can be aborted without a connection, and without waiting for one", async () => {
    const cables = new Cables();
    const { near, far } = await join(cables);
    cables.pull();
    await write(near, "written before");
    expect(await state(near.writable.abort())).toBe("settled");
    cables.mend();
    expect(await chunks(far.readable)).toEqual(["written before"]);
  });

  it("drops data after its reader has cancelled, and the other one continues", async () => {
    const { near, far } = await join();
    await write(near, "unread");
    await far.readable.cancel();
    const writer = near.writable.getWriter();
    for (let sent = 0; sent <= 2 * CREDIT_BYTES; sent += MIB) await writer.write(new Uint8Array(MIB));
    await write(far, "still here");
    expect(text((await near.readable.getReader().read()).value)).toBe("still here");
    expect(await state(far.closed)).toBe("pending");
    await writer.close();
    await far.close();
    await Promise.all([near.closed, far.closed]);
  });

  it("can be closed by the owner of its lock", async () => {
    const { near, far } = await join();
    const writer = near.writable.getWriter();
    await writer.close();
    await expect(writer.write(bytes("x"))).rejects.toThrow(TypeError);
    expect(await chunks(far.readable)).toEqual([]);
  });
});

describe("close()", () => {
  it("delivers what was written, stops reading, and ends when the other side closes, too", async () => {
    const { near, far } = await join();
    await write(far, "unread");
    await write(near, "last words");
    await near.close();
    expect(await chunks(near.readable)).toEqual([]);
    expect(await chunks(far.readable)).toEqual(["last words"]);
    expect(await state(near.closed)).toBe("pending");
    await far.close();
    await Promise.all([near.closed, far.closed]);
  });

  it("by both sides at once ends the subchannel", async () => {
    const { near, far } = await join();
    await Promise.all([near.close(), far.close(), near.closed, far.closed]);
  });

  it("can be called again, at once and later", async () => {
    const { near, far } = await join();
    await Promise.all([near.close(), near.close()]);
    await far.close();
    await near.close();
    await Promise.all([near.closed, far.closed]);
  });

  it("ends a pending read, and makes a later write fail", async () => {
    const { near } = await join();
    const reading = near.readable.getReader().read();
    const writer = near.writable.getWriter();
    await near.close();
    expect((await reading).done).toBe(true);
    await expect(writer.write(bytes("too late"))).rejects.toThrow(WormholeClosedError);
    await expect(writer.closed).rejects.toThrow(WormholeClosedError);
  });

  it("during a write delivers all of it, even if it is longer than one record", async () => {
    const { near, far } = await join();
    const writer = near.writable.getWriter();
    const writes = [MAX_WRITE_BYTES + 5, 7].map((length) => writer.write(new Uint8Array(length)));
    const closing = near.close();
    expect(await readBytes(far)).toBe(MAX_WRITE_BYTES + 12);
    await Promise.all([...writes, closing]);
  });

  it("after a close or an abort of the writer has no further effect", async () => {
    const { near, far } = await join();
    await Promise.all([near.writable.close(), near.close(), far.writable.abort(), far.close()]);
    await Promise.all([near.closed, far.closed]);
  });

  it("is called at the end of a scope", async () => {
    const { near, far } = await join();
    {
      await using scoped = near;
      await write(scoped, "in the scope");
    }
    expect(await chunks(far.readable)).toEqual(["in the scope"]);
  });

  // proves: api/client-to-server
  it("frees the subchannel: thousands can follow each other", async () => {
    const { leader, follower, ...both } = await dilatedPair();
    onTestFinished(() => stop({ leader, follower, ...both }));
    const arrivals = both.b.listener("many").listen();
    for (let n = 0; n < 2_000; n++) {
      const [near, { value: far }] = await Promise.all([both.a.connector("many").connect(), arrivals.next()]);
      await Promise.all([near.close(), far.close()]);
    }
  });
});

describe("a chunk", () => {
  it.each([
    ["text", "hello"],
    ["a buffer without a view", new ArrayBuffer(4)],
    ["a list", [1, 2]],
    ["another view", new DataView(new ArrayBuffer(4))],
    ["nothing", undefined],
  ])("that is %s is refused and breaks the stream, which close() ends for the reader", async (_, chunk) => {
    const { near, far } = await join();
    await write(near, "before");
    const writer = near.writable.getWriter();
    await expect(writer.write(chunk as unknown as Uint8Array)).rejects.toThrow(TypeError);
    await expect(writer.write(bytes("after"))).rejects.toThrow(TypeError);
    await near.close();
    expect(await chunks(far.readable)).toEqual(["before"]);
  });

  it("can be a Buffer, a part of a larger array, or empty, and arrives as a plain Uint8Array", async () => {
    const { near, far } = await join();
    const writer = near.writable.getWriter();
    const parts = [Buffer.from("buffer"), bytes("a part of it").subarray(2, 6), new Uint8Array()];
    for (const part of parts) await writer.write(part);
    await writer.close();
    const got: Uint8Array[] = [];
    for await (const chunk of far.readable) got.push(chunk);
    expect(got.map(text)).toEqual(["buffer", "part", ""]);
    expect(got.every((chunk) => chunk.constructor === Uint8Array)).toBe(true);
  });

  it("may be reused when its write has resolved", async () => {
    const cables = new Cables();
    const { near, far } = await join(cables);
    cables.pull();
    const writer = near.writable.getWriter();
    const chunk = bytes("one");
    await writer.write(chunk);
    chunk.set(bytes("two"));
    await writer.write(chunk);
    cables.mend();
    await writer.close();
    expect(await chunks(far.readable)).toEqual(["one", "two"]);
  });

  it("of more than 8 MiB arrives in several pieces", async () => {
    const { near, far } = await join();
    const large = Buffer.from(new Uint8Array(2 * MAX_WRITE_BYTES + 1).map((_, i) => i % 251));
    const writer = near.writable.getWriter();
    const writing = writer.write(large).then(() => writer.close());
    const got: Uint8Array[] = [];
    for await (const chunk of far.readable) got.push(chunk);
    await writing;
    expect(got.map(({ length }) => length)).toEqual([MAX_WRITE_BYTES, MAX_WRITE_BYTES, 1]);
    expect(Buffer.concat(got).equals(large)).toBe(true);
  });
});

describe("the end of the wormhole", () => {
  const ends = [
    ["here", (both: Pair) => both.leader.dilation.leave()],
    ["there", (both: Pair) => both.follower.dilation.leave()],
  ] as const;

  it.each(ends)("%s fails open streams, pending reads and writes, and closed", async (_, end) => {
    const { near, far, ...both } = await join();
    const reading = near.readable.getReader().read();
    await fill(near);
    const writing = near.writable.getWriter().write(new Uint8Array(MIB));
    const results = Promise.allSettled([reading, writing, near.closed, far.closed]);
    await end(both);
    for (const result of await results)
      expect(result).toMatchObject({ status: "rejected", reason: expect.any(WormholeClosedError) });
  });

  it("fails a subchannel that waits to be opened", async () => {
    const { a, ...both } = await dilatedPair(strangers);
    onTestFinished(() => stop(both));
    await Promise.all(Array.from({ length: 4 }, async () => fill(await a.client.connect())));
    const connecting = a.client.connect();
    expect(await state(connecting)).toBe("pending");
    const refused = expect(connecting).rejects.toThrow(WormholeClosedError);
    await both.leader.dilation.leave();
    await refused;
  });

  it.each(ends)("%s does not affect subchannels that had ended", async (_, end) => {
    const { near, far, ...both } = await join();
    await Promise.all([near.close(), far.close(), near.closed, far.closed]);
    await end(both);
    await Promise.all([near.close(), far.close(), near.closed, far.closed]);
  });

  it.each(ends)("%s comes after the data that was written, which can still be read", async (_, end) => {
    const { near, far, ...both } = await join();
    await Promise.all([write(near, "from a"), write(far, "from b")]);
    await end(both);
    for (const [side, words] of [
      [far, "from a"],
      [near, "from b"],
    ] as const) {
      const reader = side.readable.getReader();
      expect(text((await reader.read()).value)).toBe(words);
      await expect(reader.read()).rejects.toThrow(WormholeClosedError);
    }
  });

  it("is reported to the other side even without a connection", async () => {
    const cables = new Cables();
    const { near, far, ...both } = await join(cables);
    cables.pull();
    await soon(near.closed);
    await both.leader.dilation.leave();
    await expect(far.closed).rejects.toThrow("The other side has closed its wormhole.");
  });

  // proves: dilation/leaving-delivers
  it.each(["leader", "follower"] as const)("of a %s waits for a connection that is being replaced", async (side) => {
    const cables = new Cables();
    const { near, far, ...both } = await join(cables);
    const [ours, theirs] = side === "leader" ? [near, far] : [far, near];
    cables.pull();
    await soon(ours.closed, 50);
    await write(ours, "last words");
    const leaving = both[side].dilation.leave();
    await soon(ours.closed, 200);
    cables.mend();
    await leaving;
    expect(text((await theirs.readable.getReader().read()).value)).toBe("last words");
  });

  // proves: dilation/leaving-bounded
  it("does not wait long for a connection that is not replaced", async () => {
    const cables = new Cables();
    const { near, ...both } = await join(cables);
    cables.pull();
    await write(near, "lost");
    const before = clock.now();
    await both.leader.dilation.leave();
    expect(clock.now() - before).toBeGreaterThan(LEAVE_DEADLINE_MS - 100);
    expect(clock.now() - before).toBeLessThan(LEAVE_DEADLINE_MS + 1_000);
    await expect(near.closed).rejects.toThrow(WormholeClosedError);
  });

  // proves: dilation/leaving-bounded
  it("does not wait long for a peer that reads nothing", async () => {
    const { near, ...both } = await join(strangers);
    await fill(near);
    const before = clock.now();
    await both.leader.dilation.leave();
    expect(clock.now() - before).toBeLessThan(LEAVE_DEADLINE_MS + 1_000);
    await expect(near.closed).rejects.toThrow(WormholeClosedError);
  });

  it("closes every subchannel to a program without the extension `goodbye`", async () => {
    const { near, far, ...both } = await join({ ...strangers, follower: { patience: 0.3 } });
    await write(near, "unfinished");
    await both.leader.dilation.leave();
    expect(both.leader.sent.map(({ type }) => type)).not.toContain("goodbye");
    expect(await chunks(far.readable)).toEqual(["unfinished"]);
    await write(far, "into the void");
    await expect(far.closed).rejects.toMatchObject({ code: "peer-gone" });
  });

  it("is not thrown at the end of a scope", async () => {
    const { near, ...both } = await join();
    {
      await using scoped = near;
      await leave(both);
      await expect(scoped.close()).rejects.toThrow(WormholeClosedError);
    }
  });
});

describe.each(["leader", "follower"] as const)("a %s whose goodbye overtakes its last data", (role) => {
  async function depart() {
    const { dilation, dilated, connection } = await play(role);
    const id = role === "leader" ? 1 : 2;
    connection.send(encodeOpen(id, 0, "x"));
    const far = (await dilated.listener("x").listen().next()).value as Subchannel;
    dilation.received({ type: "goodbye" });
    await soon(far.closed);
    connection.send(encodeData(id, 1, bytes("last words")));
    return { connection, far, reader: far.readable.getReader() };
  }

  it("is read to its end", async () => {
    const { connection, far, reader } = await depart();
    expect(text((await reader.read()).value)).toBe("last words");
    connection.close();
    await expect(far.closed).rejects.toThrow("The other side has closed its wormhole.");
  });

  it("is given up after a while", async () => {
    const { far, reader, connection } = await depart();
    await expect(far.closed).rejects.toThrow("The other side has closed its wormhole.");
    expect(text((await reader.read()).value)).toBe("last words");
    await connection.lost.promise;
  });
});

// proves: dilation/patience-ends
it("a peer that has vanished is given up after the patience, with the code peer-gone", async () => {
  const cables = new Cables();
  const unheard: PairOptions["censor"] = (message) => (message.type === "goodbye" ? undefined : message);
  const { near, far } = await join({
    ...cables,
    leader: { patience: 0.3 },
    follower: { patience: 0.5 },
    censor: unheard,
  });
  await write(near, "arrived");
  expect(await soon(far.closed, 600)).toBe(false);
  cables.pull();
  const began = clock.now();
  const reader = far.readable.getReader();
  expect(text((await reader.read()).value)).toBe("arrived");
  for (const [promise, patience] of [
    [near.closed, 300],
    [far.closed, 500],
    [reader.read(), 500],
  ] as const) {
    await expect(promise).rejects.toMatchObject({ name: "WormholeError", code: "peer-gone" });
    expect(clock.now() - began).toBeGreaterThan(patience - 10);
  }
});

it("a side that gives up the other one sends it a goodbye", async () => {
  const cables = new Cables();
  const { near, far } = await join({ ...cables, leader: { patience: 0.3 } });
  cables.pull();
  await expect(far.closed).rejects.toThrow("The other side has closed its wormhole.");
  await expect(near.closed).rejects.toMatchObject({ code: "peer-gone" });
});

it("streams continue if a connection comes back within the patience", async () => {
  const cables = new Cables();
  const patient = { patience: 3 };
  const { near, far } = await join({ ...cables, leader: patient, follower: patient });
  for (let n = 0; n < 2; n++) {
    cables.pull();
    await write(near, `${n}`);
    cables.mend();
    await soon(near.closed, 1_200);
  }
  await near.writable.close();
  expect(await chunks(far.readable)).toEqual(["0", "1"]);
});

it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 604_801, "5" as unknown as number])(
  "%j is not a valid number of seconds",
  (seconds) => {
    for (const options of [{ patience: seconds }, { pingInterval: seconds }])
      expect(() => checkDilateOptions(options)).toThrow(TypeError);
  },
);
