/** What a peer, or a stranger, can make a dilation dial. A new way to flood is a row. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Dilation } from "../../packages/wormhole/src/dilation/dilation.ts";
import { MAX_DIALS, MAX_DIALS_PER_HOST, MAX_NEW_HOSTS } from "../../packages/wormhole/src/dilation/limits.ts";
import { WormholeClosedError } from "../../packages/wormhole/src/errors.ts";
import type { StreamNetwork } from "../../packages/wormhole/src/net/connection.ts";
import { platform } from "../../packages/wormhole/src/platform/node.ts";
import { MemoryNetwork } from "../../packages/wormhole/src/testing/network.ts";
import { startMemoryRelay } from "../../packages/wormhole/src/testing/relay.ts";
import { VirtualClock } from "../../packages/wormhole/src/testing/virtual-clock.ts";
import { KEY, pair } from "../../packages/wormhole/test/dilation/pair.ts";

const direct = (hostname: string, port: number) => ({ type: "direct-tcp-v1", hostname, port, priority: 0 });
const relay = (hostname: string, port: number) => ({ type: "relay-v1", hints: [direct(hostname, port)] });

interface Attack {
  readonly title: string;
  /** The n-th message, sent every 300 ms. */
  readonly message: (n: number) => Record<string, unknown>;
  /** The most dials in the first minute. */
  readonly most: number;
}

const twenty = (hint: (m: number) => object) => ({
  type: "connection-hints",
  hints: Array.from({ length: 20 }, (_, m) => hint(m)),
});

const ATTACKS: readonly Attack[] = [
  {
    title: "hints to fresh ports of one host",
    message: (n) => twenty((m) => direct("10.9.9.9", 1 + 20 * n + m)),
    most: MAX_DIALS_PER_HOST,
  },
  {
    title: "hints to fresh hosts",
    message: (n) => twenty((m) => direct(`10.${n % 256}.${n >> 8}.${m}`, 80)),
    most: MAX_NEW_HOSTS + 1,
  },
  {
    title: "hints to fresh names",
    message: (n) => twenty((m) => direct(`n${n}-${m}.victim.example`, 80)),
    most: MAX_NEW_HOSTS + 1,
  },
  {
    title: "hints to the same hosts again and again",
    message: () => twenty((m) => direct(`10.0.1.${m}`, 80)),
    most: MAX_DIALS,
  },
  {
    title: "relays on fresh ports of one host",
    message: (n) => twenty((m) => relay("10.9.9.9", 1 + 20 * n + m)),
    most: MAX_DIALS_PER_HOST,
  },
  {
    title: "new generations with a hint to one host",
    message: (n) => (n % 2 === 0 ? { type: "reconnect" } : twenty((m) => direct("10.9.9.9", 1 + 20 * n + m))),
    most: MAX_DIALS_PER_HOST,
  },
  {
    title: "one host in many spellings",
    message: (n) => twenty((m) => direct(`2001:db8:${"0:".repeat(m % 5)}:9`, 1 + 20 * n + m)),
    most: MAX_DIALS_PER_HOST,
  },
];

/** A dilation whose dials are counted, and all fail. The peer is this test. */
async function victim() {
  const clock = new VirtualClock();
  const dialled: string[] = [];
  const network: StreamNetwork = {
    addresses: () => ["10.0.0.1"],
    dial: async (host, port) => {
      dialled.push(`${host} ${port}`);
      throw new Error("nothing listens there");
    },
  };
  const send = vi.fn();
  const dilation = new Dilation({ send, hurry() {}, moved() {} }, { platform: { ...platform, clock, network } });
  onTestFinished(() => dilation.stop(new WormholeClosedError()));
  dilation.start(KEY);
  dilation.received({
    type: "please",
    side: "f".repeat(16),
    extensions: ["ask-reconnect", "goodbye", "credit", "parts"],
  });
  await vi.waitUntil(() => send.mock.calls.length > 0);
  return { clock, dialled, dilation };
}

describe("a peer that sends", () => {
  // proves: dilation/dials-bounded
  it.each(ATTACKS)("$title causes at most $most dials a minute", async ({ message, most }) => {
    const { clock, dialled, dilation } = await victim();
    for (let n = 0; n < 195; n++) {
      dilation.received(message(n) as never);
      await clock.advance(300);
    }
    expect(dialled.length).toBeLessThanOrEqual(most);
    expect(dialled.length).toBeGreaterThan(most / 3);
  });
});

it("a peer that names one address is dialled again and again while it is away", async () => {
  const { clock, dialled, dilation } = await victim();
  dilation.received({ type: "connection-hints", hints: [direct("10.0.0.2", 80)] });
  await clock.advance(200_000);
  expect(dialled.length).toBeGreaterThan(30);
});

/** What a stranger says to the port of a dilation that is connected through a relay. */
const VISITS: readonly (readonly [title: string, bytes: Uint8Array])[] = [
  ["nothing", new Uint8Array(0)],
  ["noise", new Uint8Array(100).fill(7)],
  ["the right prologue and no more", new TextEncoder().encode("Magic-Wormhole Dilation Handshake v1 Follower\n\n")],
];

describe("a stranger that visits a relayed dilation and says", () => {
  // proves: dilation/visits-dial-nothing
  it.each(VISITS)("%s causes no dial", async (_, bytes) => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork();
    const helper = await startMemoryRelay(network, "10.0.0.9");
    let dials = 0;
    const walled = (machine: StreamNetwork): StreamNetwork => ({
      ...machine,
      dial: (host, port, options) => {
        dials++;
        return host === "10.0.0.9" ? machine.dial(host, port, options) : Promise.reject(new Error("no way"));
      },
    });
    const both = pair({
      network,
      machines: { leader: walled(network.machine("10.0.0.1")), follower: walled(network.machine("10.0.0.2")) },
      platform: { clock },
      leader: { relays: [helper] },
      follower: { listen: false },
    });
    onTestFinished(() => {
      for (const { dilation } of [both.leader, both.follower]) dilation.stop(new WormholeClosedError());
    });
    let isDilated = false;
    void both.leader.dilation.dilated.then(() => {
      isDilated = true;
    });
    while (!isDilated) await clock.advance(100);
    const hints = both.leader.sent.flatMap((message) => (message.type === "connection-hints" ? [message.hints] : []));
    const [[first]] = hints as unknown as [[{ hostname: string; port: number }]];
    const before = dials;
    for (let n = 0; n < 50; n++) {
      const { signal } = new AbortController();
      const stranger = await network.machine("10.0.0.66").dial(first.hostname, first.port, { signal });
      stranger.receive({ chunk() {}, ended() {} });
      stranger.write(bytes);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.advance(50);
    expect(dials).toBe(before);
  });
});
