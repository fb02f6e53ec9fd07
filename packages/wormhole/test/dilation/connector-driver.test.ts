import { expect, onTestFinished, test, vi } from "vitest";
import { STEP_DEADLINE } from "../../src/dilation/limits.ts";
import type { StreamNetwork } from "../../src/net/connection.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";
import { startMemoryRelay } from "../../src/testing/relay.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { leave, type Pair, type PairOptions, pair } from "./pair.ts";

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
      may(host) ? machine.dial(host, port, options) : Promise.reject(new Error("nobody is reached from here")),
  };
}

test("a side that nobody can reach tries its relay again, however often that fails", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  let down = true;
  const machines = {
    leader: behindWall(network.machine("10.0.0.1"), () => !down),
    follower: behindWall(network.machine("10.0.0.2"), () => !down),
  };
  const options = { listen: false };
  const both = begin({
    network,
    machines,
    platform: { clock },
    leader: { ...options, relays: [relay] },
    follower: options,
  });
  let dilated = false;
  void both.leader.dilation.dilated.then(() => {
    dilated = true;
  });
  await vi.waitUntil(() => both.leader.said.length > 0 && both.follower.said.length > 0);
  await clock.advance(20_000);
  expect(dilated).toBe(false);
  down = false;
  await clock.advance(20_000);
  expect(dilated).toBe(true);
});

test("who comes when another program's relayed connection is not to be replaced is sent away", async () => {
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
  const [hints] = both.leader.said.flatMap((message) => (message.type === "connection-hints" ? [message.hints] : []));
  const [direct] = hints as { hostname: string; port: number }[];
  const { signal } = new AbortController();
  const late = await network.machine("10.0.0.2").dial(direct?.hostname ?? "", direct?.port ?? 0, { signal });
  await new Promise<void>((resolve) => late.receive({ chunk() {}, ended: () => resolve() }));
});

test("whoever gets other addresses while a way is tried that leads nowhere does not wait for it", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  let swallowing = true;
  const addresses = ["10.0.0.1"];
  const real = network.machine("10.0.0.1");
  const nowhere: StreamNetwork["dial"] = (_host, _port, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const moving: StreamNetwork = {
    ...real,
    addresses: () => [...addresses],
    dial: (...given) => (swallowing ? nowhere(...given) : real.dial(...given)),
  };
  const options = { listen: false, relays: [relay] };
  const both = begin({
    network,
    machines: { leader: moving, follower: network.machine("10.0.0.2") },
    platform: { clock },
    leader: options,
    follower: options,
  });
  let dilated = false;
  void both.leader.dilation.dilated.then(() => {
    dilated = true;
  });
  await vi.waitUntil(() => both.leader.said.length > 1 && both.follower.said.length > 1);
  await clock.advance(5_000);
  expect(dilated).toBe(false);
  swallowing = false;
  addresses.push("10.0.0.3");
  await clock.advance(1_000);
  expect(dilated).toBe(true);
});

test("a way that opens and then stays silent is given up after ten seconds, and tried again", async () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  let silent = true;
  const real = network.machine("10.0.0.1");
  const deaf: StreamNetwork = {
    ...real,
    async dial(...given) {
      const connection = await real.dial(...given);
      if (silent) connection.write = () => true;
      return connection;
    },
  };
  const options = { listen: false, relays: [relay] };
  const both = begin({
    network,
    machines: { leader: deaf, follower: network.machine("10.0.0.2") },
    platform: { clock },
    leader: options,
    follower: options,
  });
  let dilated = false;
  void both.leader.dilation.dilated.then(() => {
    dilated = true;
  });
  await vi.waitUntil(() => both.leader.said.length > 1 && both.follower.said.length > 1);
  await clock.advance(5_000);
  silent = false;
  await clock.advance(STEP_DEADLINE - 5_000);
  expect(dilated).toBe(false);
  await clock.advance(3_000);
  expect(dilated).toBe(true);
});
