/** The queue of events between a transfer and its application. */
import { describe, expect, it } from "vitest";
import type { SendResult, TransferEvent } from "../../src/transfer/api.ts";
import { EventQueue } from "../../src/transfer/event-queue.ts";

const progress = (bytes: number): TransferEvent<SendResult> => ({ type: "progress", bytes, total: 100 });

async function all(queue: EventQueue<SendResult>): Promise<TransferEvent<SendResult>[]> {
  const events: TransferEvent<SendResult>[] = [];
  for await (const event of queue) events.push(event);
  return events;
}

describe("the event queue", () => {
  // proves: transfer/events-bounded
  it("keeps the order, and only the newest of consecutive progress events", async () => {
    const queue = new EventQueue<SendResult>();
    queue.emit({ type: "key" });
    for (let bytes = 1; bytes <= 50; bytes++) queue.emit(progress(bytes));
    queue.emit({ type: "stalled", waitingFor: "bytes", seconds: 60, since: 0 });
    for (let bytes = 51; bytes <= 100; bytes++) queue.emit(progress(bytes));
    queue.emit({ type: "finishing" });
    queue.end({});
    expect(await all(queue)).toEqual([
      { type: "key" },
      progress(50),
      { type: "stalled", waitingFor: "bytes", seconds: 60, since: 0 },
      progress(100),
      { type: "finishing" },
    ]);
  });

  // proves: transfer/events-for-every-loop
  it.each([
    ["from the start", 0],
    ["in the middle", 3],
    ["after the end", 5],
  ])("gives every loop all events, also one that begins %s", async (_, begin) => {
    const queue = new EventQueue<SendResult>();
    const loops: Promise<TransferEvent<SendResult>[]>[] = [all(queue)];
    const events: TransferEvent<SendResult>[] = [
      { type: "key" },
      { type: "code", code: "7-a-b" },
      progress(1),
      { type: "finishing" },
    ];
    for (const [index, event] of events.entries()) {
      if (index === begin) loops.push(all(queue));
      queue.emit(event);
      await Promise.resolve();
    }
    queue.end({});
    if (begin > events.length) loops.push(all(queue));
    expect(await Promise.all(loops)).toEqual([events, events]);
  });

  it("keeps one report of each wait for a loop that begins late", async () => {
    const queue = new EventQueue<SendResult>();
    const stalled = (waitingFor: "peer" | "server", seconds: number) =>
      ({ type: "stalled", waitingFor, seconds, since: 0 }) as const;
    for (let minute = 1; minute <= 5000; minute++) queue.emit(stalled("peer", minute * 60));
    queue.emit(stalled("server", 5));
    queue.end({});
    expect(await all(queue)).toEqual([stalled("peer", 300_000), stalled("server", 5)]);
  });

  it("throws the error in every loop", async () => {
    const queue = new EventQueue<SendResult>();
    queue.end({ error: new Error("lost") });
    const loops = await Promise.allSettled([all(queue), all(queue)]);
    expect(loops.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("knows whether a loop is under way, or has taken the offer", async () => {
    const queue = new EventQueue<SendResult>();
    expect(queue.isWatched).toBe(false);
    queue.emit({ type: "key" });
    for await (const event of queue) {
      expect([event.type, queue.isWatched]).toEqual(["key", true]);
      break;
    }
    expect(queue.isWatched).toBe(false);
    const offer = { kind: "text", text: "" } as const;
    queue.emit({ type: "offer", offer, offeredName: "", warnings: [], accept() {}, reject() {} });
    for await (const event of queue) if (event.type === "offer") break;
    expect(queue.isWatched).toBe(true);
  });

  it("wakes a consumer that waits", async () => {
    const queue = new EventQueue<SendResult>();
    const seen = all(queue);
    queue.emit({ type: "key" });
    await Promise.resolve();
    queue.emit(progress(1));
    queue.end({});
    expect(await seen).toEqual([{ type: "key" }, progress(1)]);
  });

  it("throws the error after the last event", async () => {
    const queue = new EventQueue<SendResult>();
    queue.emit({ type: "key" });
    queue.end({ error: new Error("lost") });
    const events = queue[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual({ type: "key" });
    await expect(events.next()).rejects.toThrow("lost");
  });
});
