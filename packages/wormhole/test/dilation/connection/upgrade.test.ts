/** A direct connection replaces a relayed one. */
import { expect, it, onTestFinished, vi } from "vitest";
import type { Connection, StreamNetwork } from "../../../src/net/connection.ts";
import { MemoryNetwork } from "../../../src/testing/network.ts";
import { startMemoryRelay } from "../../../src/testing/relay.ts";
import { clock, pass } from "../clock.ts";
import { leave, pair } from "../pair.ts";

/** Milliseconds that bytes take over a direct connection. */
const SLOW = 50;

/** Delays everything that the connection brings. */
function slow(connection: Connection): Connection {
  const receive = connection.receive.bind(connection);
  connection.receive = (receiver) =>
    receive({
      chunk(bytes) {
        const copy = bytes.slice();
        clock.after(SLOW, () => receiver.chunk(copy));
      },
      ended: (error) => void clock.after(SLOW, () => receiver.ended(error)),
    });
  return connection;
}

/** A machine with slow connections, which dials others directly only while `open` returns true. */
function machine(network: MemoryNetwork, address: string, open: () => boolean): StreamNetwork {
  const real = network.machine(address);
  return {
    addresses: () => real.addresses(),
    listen: (accept, port) => real.listen?.((connection) => accept(slow(connection)), port) ?? Promise.reject(),
    async dial(host, port, options) {
      if (host === "10.0.0.9") return real.dial(host, port, options);
      if (!open()) throw new Error("there is no direct way yet");
      return slow(await real.dial(host, port, options));
    },
  };
}

it("a direct connection replaces a relayed one even if the end of the old one is noticed first", async () => {
  const network = new MemoryNetwork();
  const relay = await startMemoryRelay(network, "10.0.0.9");
  let open = false;
  const descriptions: string[] = [];
  const both = pair({
    network,
    machines: {
      leader: machine(network, "10.0.0.1", () => open),
      follower: machine(network, "10.0.0.2", () => open),
    },
    leader: { relays: [relay] },
    follower: {
      onStatus: ({ generation, peerConnection: at }) =>
        descriptions.push(`${generation} ${at.state === "connected" ? at.relayed : at.state}`),
    },
  });
  onTestFinished(() => leave(both));
  await both.follower.dilation.dilated;
  open = true;
  await vi.waitUntil(() => descriptions.includes("1 false"), { timeout: 10_000, interval: 2 });
  await pass(4 * SLOW);
  expect(both.follower.sent.map(({ type }) => type)).not.toContain("ask-reconnect");
  expect(descriptions.filter((text, i) => text !== descriptions[i - 1])).toEqual([
    "0 waiting",
    "1 connecting",
    "1 true",
    "1 false",
  ]);
});
