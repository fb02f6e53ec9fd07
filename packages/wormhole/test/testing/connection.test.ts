/** A connection in memory: order, backpressure, delays, and every way to end. */
import { describe, expect, it } from "vitest";
import { connectedPair, type MemoryConnection } from "../../src/testing/memory-connection.ts";
import { inOrder } from "../../src/testing/schedule.ts";
import { VirtualClock } from "../../src/testing.ts";

const turn = () => new Promise(setImmediate);

function pair(clock?: VirtualClock, delay = () => 0): [MemoryConnection, MemoryConnection] {
  const end = (description: string) => ({ description, arrivals: inOrder(clock, delay) });
  return connectedPair(end("near"), end("far"));
}

/** Receives everything of a connection, and notes it. */
function heard(connection: MemoryConnection): { bytes: number[]; ends: (string | undefined)[] } {
  const notes = { bytes: [] as number[], ends: [] as (string | undefined)[] };
  connection.receive({
    chunk(chunk) {
      notes.bytes = notes.bytes.concat([...chunk]);
    },
    ended: (error) => void notes.ends.push(error?.message),
  });
  return notes;
}

describe("a connection in memory", () => {
  it("brings bytes in order, and only once there is a receiver", async () => {
    const [a, b] = pair();
    a.write(Uint8Array.of(1, 2));
    a.write(Uint8Array.of(3));
    await turn();
    const notes = heard(b);
    expect(notes.bytes).toEqual([]);
    await turn();
    expect(notes.bytes).toEqual([1, 2, 3]);
  });

  it("copies what is written, so that the writer's memory is its own again", async () => {
    const [a, b] = pair();
    const notes = heard(b);
    const bytes = Uint8Array.of(1);
    a.write(bytes);
    bytes[0] = 9;
    await turn();
    expect(notes.bytes).toEqual([1]);
  });

  it("asks the writer to wait while 256 KiB are on their way", async () => {
    const [a, b] = pair();
    b.pause();
    const notes = heard(b);
    expect(a.write(new Uint8Array(256 * 1024 - 1))).toBe(true);
    expect(a.write(new Uint8Array(1))).toBe(false);
    let drained = false;
    void a.drained().then(() => {
      drained = true;
    });
    await turn();
    expect([drained, notes.bytes.length]).toEqual([false, 0]);
    b.resume();
    await turn();
    expect([drained, notes.bytes.length]).toEqual([true, 256 * 1024]);
    await a.drained();
  });

  it("ends after everything that was written before", async () => {
    const [a, b] = pair();
    const notes = heard(b);
    a.write(Uint8Array.of(1));
    await a.end();
    await a.end();
    await turn();
    expect(notes).toEqual({ bytes: [1], ends: [undefined] });
    expect(b.write(Uint8Array.of(2))).toBe(true);
  });

  it("that is destroyed ends for the peer, and a writer there waits no longer", async () => {
    const [a, b] = pair();
    b.write(new Uint8Array(300_000));
    const drained = b.drained();
    const notes = heard(b);
    a.destroy();
    a.destroy();
    await drained;
    await turn();
    expect(notes.ends).toEqual([undefined]);
    expect(a.write(Uint8Array.of(1))).toBe(true);
    expect(await b.drained()).toBeUndefined();
  });

  it("that fails loses what is on its way, and both ends and pending drains learn why", async () => {
    const [a, b] = pair();
    const notes = [heard(a), heard(b)];
    b.pause();
    a.write(Uint8Array.of(1));
    const drained = expect(a.drained()).rejects.toThrow("cut");
    a.break(new Error("cut"));
    await turn();
    await drained;
    for (const { bytes, ends } of notes) expect({ bytes, ends }).toEqual({ bytes: [], ends: ["cut"] });
    await expect(a.drained()).rejects.toThrow("cut");
    await a.end();
  });

  it("that is dead delivers and reports nothing, until it fails", async () => {
    const [a, b] = pair();
    const notes = [heard(a), heard(b)];
    a.silence();
    a.write(Uint8Array.of(1));
    b.write(Uint8Array.of(1));
    await turn();
    a.break(new Error("noticed"));
    await turn();
    for (const { bytes, ends } of notes) expect({ bytes, ends }).toEqual({ bytes: [], ends: ["noticed"] });
  });

  it("that is dead does not bring its end to the peer", async () => {
    const [a, b] = pair();
    const notes = heard(b);
    a.silence();
    a.destroy();
    await turn();
    expect(notes.ends).toEqual([]);
  });

  it("brings bytes later, and in order, if they take time", async () => {
    const clock = new VirtualClock();
    const delays = [50, 1, 1];
    const [a, b] = pair(clock, () => delays.shift() ?? 1);
    const notes = heard(b);
    a.write(Uint8Array.of(1));
    a.write(Uint8Array.of(2));
    a.destroy();
    await clock.advance(49);
    expect(notes).toEqual({ bytes: [], ends: [] });
    await clock.advance(1);
    expect(notes).toEqual({ bytes: [1, 2], ends: [undefined] });
  });

  it("drops what arrives at an end that has closed meanwhile", async () => {
    const clock = new VirtualClock();
    const [a, b] = pair(clock, () => 10);
    const notes = heard(b);
    a.write(Uint8Array.of(1));
    b.destroy();
    a.write(Uint8Array.of(2));
    await clock.advance(20);
    expect(notes).toEqual({ bytes: [], ends: [] });
  });
});
