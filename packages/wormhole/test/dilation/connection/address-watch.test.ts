/** The polling for changed addresses and for a suspension, and the replacement of a connection after one. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { DilationStatus } from "../../../src/dilation/api.ts";
import { AddressWatch } from "../../../src/dilation/connection/address-watch.ts";
import { HURRY_INTERVAL_MS, POLL_INTERVAL_MS, PROBE_DEADLINE_MS, SUSPENSION_MS } from "../../../src/dilation/limits.ts";
import { platform } from "../../../src/platform/node.ts";
import { MemoryNetwork } from "../../../src/testing/network.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { stop } from "../machines.ts";
import { mutable } from "../muting.ts";
import { pair } from "../pair.ts";

/** A clock that can jump, as it does for a process that was suspended: its timers fire late. */
class JumpingClock extends VirtualClock {
  #slept = 0;

  override now(): number {
    return super.now() + this.#slept;
  }

  sleep(milliseconds: number): void {
    this.#slept += milliseconds;
  }
}

/** A watch of a machine with the address `10.0.0.1`, and the events that it reports. */
function watch({ connected = true } = {}) {
  const clock = new JumpingClock();
  const machine = { addresses: ["10.0.0.1"] };
  const events: string[] = [];
  const real = new MemoryNetwork().machine("10.0.0.1");
  const network = { ...real, addresses: () => machine.addresses };
  const addresses = new AddressWatch(
    { ...platform, clock, network },
    {
      changed: (lost) => events.push(`lost ${lost}`),
      resumed: () => events.push("resumed"),
      isDisconnected: () => !connected,
      hurry: () => events.push(`hurry at ${clock.now()}`),
    },
  );
  addresses.start();
  return { clock, machine, events, addresses };
}

describe("the address watch", () => {
  it("reports that the process was suspended", async () => {
    const { clock, events } = watch();
    clock.sleep(SUSPENSION_MS + 1);
    await clock.advance(POLL_INTERVAL_MS);
    expect(events).toEqual(["resumed"]);
    await clock.advance(60_000);
    expect(events).toEqual(["resumed"]);
  });

  it("does not take a busy moment for a suspension", async () => {
    const { clock, events } = watch();
    clock.sleep(SUSPENSION_MS - POLL_INTERVAL_MS);
    await clock.advance(60_000);
    expect(events).toEqual([]);
  });

  it("reports addresses that have come and gone", async () => {
    const { clock, machine, events } = watch();
    machine.addresses = ["10.0.0.1", "192.168.1.5"];
    await clock.advance(POLL_INTERVAL_MS);
    machine.addresses = ["192.168.1.5"];
    await clock.advance(POLL_INTERVAL_MS);
    expect(events).toEqual(["lost ", "lost 10.0.0.1"]);
  });

  it("asks for the mailbox server regularly while there is no connection", async () => {
    const { clock, events } = watch({ connected: false });
    await clock.advance(3 * HURRY_INTERVAL_MS);
    expect(events).toEqual([1, 2, 3].map((times) => `hurry at ${times * HURRY_INTERVAL_MS}`));
  });

  it("ends when it is stopped", async () => {
    const { clock, machine, events, addresses } = watch({ connected: false });
    addresses.stop();
    machine.addresses = [];
    await clock.advance(60_000);
    expect(events).toEqual([]);
  });
});

// proves: dilation/suspension-noticed
it("a connection that died while the machine slept is replaced soon after it wakes", async () => {
  const clock = new JumpingClock();
  const network = new MemoryNetwork();
  const { machine, mute } = mutable(network.machine("10.0.0.1"));
  const seen: DilationStatus[] = [];
  const both = pair({
    network,
    machines: { leader: machine, follower: network.machine("10.0.0.2") },
    platform: { clock },
    leader: { onStatus: (status) => seen.push(status) },
  });
  onTestFinished(() => stop(both));
  /** Lets time pass until a generation is connected. */
  const connected = async (wanted: number) => {
    const isThere = ({ generation, peerConnection: { state } }: DilationStatus) =>
      generation === wanted && state === "connected";
    while (!seen.some(isThere)) await clock.advance(20);
  };
  await connected(1);
  mute();
  clock.sleep(60_000);
  const woke = clock.now();
  await connected(2);
  expect(both.leader.moves).toBeGreaterThan(0);
  expect(clock.now() - woke).toBeLessThan(POLL_INTERVAL_MS + PROBE_DEADLINE_MS + 1_000);
});
