/** The `timing` option of a wormhole. */
import { expect, it } from "vitest";
import { Timing } from "../../src/index.ts";
import { bytes, World } from "./world.ts";

// proves: api/timing-records
it("the timing of a wormhole contains its events, but none of its secrets", async () => {
  const world = new World();
  const timing = new Timing();
  const a = world.wormhole({ timing });
  a.allocateCode();
  const code = await a.getCode();
  const b = world.wormhole();
  b.setCode(code);
  b.sendMessage(bytes("hush"));
  await a.getMessage();
  const key = Buffer.from(await a.getUnverifiedKey()).toString("hex");
  await Promise.all([a.close(), b.close()]);

  const events = timing.toJSON();
  const names = events.map(({ name }) => name);
  for (const name of [
    "connect",
    "allocate",
    "claim",
    "wait for peer",
    "code",
    "key",
    "versions",
    "close",
    "send",
    "receive",
  ]) {
    expect(names, name).toContain(name);
  }
  for (const { start, stop } of events) expect(stop).toBeGreaterThanOrEqual(start);
  expect([...events].sort((p, q) => p.start - q.start)).toEqual(events);
  const text = JSON.stringify(timing);
  const bodies = world.server.received.flatMap(({ body }) => (typeof body === "string" ? [body] : []));
  for (const secret of [code, code.slice(2), key, ...bodies]) expect(text).not.toContain(secret);
});

it("an event that has not ended has no stop", () => {
  let now = 1000;
  const timing = new Timing(() => now);
  timing.begin("endless", { n: 1 });
  const end = timing.begin("short");
  now += 500;
  end({ more: true });
  end({ more: false });
  timing.add("moment");
  expect(timing.toJSON()).toEqual([
    { name: "endless", start: 1, stop: null, details: { n: 1 } },
    { name: "short", start: 1, stop: 1.5, details: { more: true } },
    { name: "moment", start: 1.5, stop: 1.5, details: {} },
  ]);
});
