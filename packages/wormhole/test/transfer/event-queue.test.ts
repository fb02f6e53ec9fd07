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
