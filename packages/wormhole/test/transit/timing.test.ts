/** The `timing` option of a transit. */
import { startTransitRelay } from "@wormhole-ts/transit-relay";
import { expect, it, onTestFinished } from "vitest";
import { Timing } from "../../src/base/timing.ts";
import type { TransitOptions } from "../../src/transit/api.ts";
import { TransitReceiver, TransitSender } from "../../src/transit/transit.ts";
import { server, transitKey } from "./loopback.ts";

/** Two transits that have each other's hints, and the timing of each. */
async function pair(options: TransitOptions) {
  const timings = [new Timing(), new Timing()] as const;
  const sender = new TransitSender({ ...options, timing: timings[0] });
  const receiver = new TransitReceiver({ ...options, timing: timings[1] });
  for (const end of [sender, receiver]) {
    end.setTransitKey(transitKey);
    onTestFinished(() => end.close());
  }
  const [ofSender, ofReceiver] = [await sender.getConnectionHints(), await receiver.getConnectionHints()];
  sender.addConnectionHints(ofReceiver);
  receiver.addConnectionHints(ofSender);
  return { sender, receiver, timings };
}

/** Everything except the times, whose digits may contain any number. */
const recorded = (timing: Timing) => JSON.stringify(timing.toJSON().map(({ name, details }) => [name, details]));
const attempts = (timing: Timing) => timing.toJSON().filter(({ name }) => name === "attempt");

it("the chosen attempt is recorded with its kind and without any address", async () => {
  const relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => relay.close());
  const { sender, receiver, timings } = await pair({ relays: [relay.url], listen: false });
  for (const pipe of await Promise.all([sender.connect(), receiver.connect()])) pipe.destroy();
  for (const timing of timings) {
    expect(timing.toJSON().map(({ name }) => name)).toEqual(["transit connect", "attempt"]);
    expect(attempts(timing)).toMatchObject([{ details: { kind: "relay", outcome: "won" } }]);
    for (const { start, stop } of timing.toJSON()) expect(stop).toBeGreaterThan(start);
    expect(recorded(timing)).not.toMatch(/127|tcp/);
  }
});

it("an accepted connection is recorded as inbound, and attempts that are not needed have an end", async () => {
  const { sender, receiver, timings } = await pair({});
  for (const pipe of await Promise.all([sender.connect(), receiver.connect()])) pipe.destroy();
  const all = timings.flatMap(attempts);
  expect(all.filter(({ details }) => details.outcome === "won")).toHaveLength(2);
  expect(all.filter(({ details }) => details.inbound)).not.toHaveLength(0);
  for (const { stop, details } of all) {
    expect(details.kind).toBe("direct");
    expect(stop).not.toBeNull();
  }
});

it("a failure is recorded without its reason", async () => {
  const port = await server((socket) => socket.end("go away\n"));
  const timing = new Timing();
  const transit = new TransitSender({ listen: false, timing });
  transit.setTransitKey(transitKey);
  transit.addConnectionHints([{ type: "direct-tcp-v1", hostname: "127.0.0.1", port, priority: 0 }]);
  await expect(transit.connect()).rejects.toThrow();
  expect(timing.toJSON()).toMatchObject([
    { name: "transit connect", details: { failed: true } },
    { name: "attempt", details: { kind: "direct", outcome: "failed" } },
  ]);
  expect(recorded(timing)).not.toContain(String(port));
});
