/** The connector's driver: ways that fail, visitors, and changed addresses. */
import { expect, it, onTestFinished, vi } from "vitest";
import { STEP_DEADLINE_MS } from "../../../src/dilation/limits.ts";
import type { StreamNetwork } from "../../../src/net/connection.ts";
import { MemoryNetwork } from "../../../src/testing/network.ts";
import { startMemoryRelay } from "../../../src/testing/relay.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { leave, type Pair, type PairOptions, pair } from "../pair.ts";

function begin(options: PairOptions): Pair {
  const both = pair(options);
  onTestFinished(() => leave(both));
  return both;
}

/** A machine that reaches only hosts that `may` allows. */
function behindWall(machine: StreamNetwork, may: (host: string) => boolean): StreamNetwork {
  return {
    ...machine,
    dial: (host, port, options) =>
      may(host) ? machine.dial(host, port, options) : Promise.reject(new Error("nothing can be reached from here")),
  };
}

/** Two sides that only the leader's relay connects, in virtual time. `machine` decides what their machines can reach. */
async function overRelay(machine: (real: StreamNetwork) => StreamNetwork) {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  const both = begin({
    network,
    machines: { leader: machine(network.machine("10.0.0.1")), follower: machine(network.machine("10.0.0.2")) },
    platform: { clock },
    leader: { listen: false, relays: [relay] },
    follower: { listen: false },
  });
  const side = { clock, isDilated: false };
  void both.leader.dilation.dilated.then(() => {
    side.isDilated = true;
  });
  // Both have sent `please` and their hints.
  await vi.waitUntil(() => both.leader.sent.length > 1 && both.follower.sent.length > 1);
  return side;
}

it("a side that cannot be reached tries its relay again, however often that fails", async () => {
  let down = true;
  const side = await overRelay((real) => behindWall(real, () => !down));
  await side.clock.advance(20_000);
  expect(side.isDilated).toBe(false);
  down = false;
  await side.clock.advance(20_000);
  expect(side.isDilated).toBe(true);
});

it("a visitor is refused while a relayed connection to another program is in use", async () => {
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  const onlyRelay = (host: string) => host === "10.0.0.9";
  const both = begin({
    network,
    machines: {
      leader: behindWall(network.machine("10.0.0.1"), onlyRelay),
      follower: behindWall(network.machine("10.0.0.2"), onlyRelay),
    },
    leader: { relays: [relay] },
    censor: (message) => (message.type === "please" ? { ...message, extensions: [] } : message),
  });
  await Promise.all([both.leader.dilation.dilated, both.follower.dilation.dilated]);
  const [hints] = both.leader.sent.flatMap((message) => (message.type === "connection-hints" ? [message.hints] : []));
  const [direct] = hints as { hostname: string; port: number }[];
  const { signal } = new AbortController();
  const late = await network.machine("10.0.0.2").dial(direct?.hostname ?? "", direct?.port ?? 0, { signal });
  await new Promise<void>((resolve) => late.receive({ chunk() {}, ended: () => resolve() }));
});

it.each(["leader", "follower"] as const)("a %s whose system does not tell its addresses dilates", async (side) => {
  const network = new MemoryNetwork();
  const silent = (machine: StreamNetwork): StreamNetwork => ({
    ...machine,
    addresses: () => {
      throw new Error("uv_interface_addresses returned Unknown system error 13");
    },
  });
  const machines = { leader: network.machine("10.0.0.1"), follower: network.machine("10.0.0.2") };
  const both = begin({ network, machines: { ...machines, [side]: silent(machines[side]) } });
  await Promise.all([both.leader.dilation.dilated, both.follower.dilation.dilated]);
});

it("an error of the platform ends the dilation, and no promise is left without a handler", async () => {
  const network = new MemoryNetwork();
  const broken: PairOptions["platform"] = { loadChaCha: () => Promise.reject(new Error("no cipher here")) };
  const both = begin({ network, platform: broken });
  await expect(both.leader.dilation.dilated).rejects.toMatchObject({ code: "no-cipher" });
});

it("a change of addresses ends attempts that lead nowhere", async () => {
  let swallowing = true;
  const more: string[] = [];
  const nowhere: StreamNetwork["dial"] = (_host, _port, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const side = await overRelay((real) => ({
    ...real,
    addresses: () => [...real.addresses(), ...more],
    dial: (...given) => (swallowing ? nowhere(...given) : real.dial(...given)),
  }));
  await side.clock.advance(5_000);
  expect(side.isDilated).toBe(false);
  swallowing = false;
  more.push("10.0.0.3");
  await side.clock.advance(1_000);
  expect(side.isDilated).toBe(true);
});

it("a way that opens and then stays silent is given up after ten seconds and tried again", async () => {
  let silent = true;
  const side = await overRelay((real) => ({
    ...real,
    async dial(...given) {
      const connection = await real.dial(...given);
      if (silent) connection.write = () => true;
      return connection;
    },
  }));
  await side.clock.advance(5_000);
  silent = false;
  await side.clock.advance(STEP_DEADLINE_MS - 5_000);
  expect(side.isDilated).toBe(false);
  await side.clock.advance(3_000);
  expect(side.isDilated).toBe(true);
});
