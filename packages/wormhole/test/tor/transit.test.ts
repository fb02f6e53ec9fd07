/** Transit through Tor: what it publishes, and what it dials. */
import { startTransitRelay } from "@wormhole-ts/transit-relay";
import { describe, expect, it, onTestFinished } from "vitest";
import { socksNetwork } from "../../src/net/socks.node.ts";
import { webSockets } from "../../src/net/websocket.node.ts";
import type { Tor } from "../../src/platform/tor.ts";
import { isPublic } from "../../src/transit/race/usable.ts";
import { TransitReceiver, TransitSender } from "../../src/transit/transit.ts";
import { text, transitKey, words } from "../transit/loopback.ts";
import { SocksServer } from "./socks-server.ts";

/** Makes a Tor with a proxy of the test, as `getTor` makes one. */
function torAt(port: number): Tor {
  return {
    streams() {
      const network = socksNetwork({ host: "127.0.0.1", port }, { user: "u", password: "p" });
      return { network, openMessageSocket: webSockets({ network, openDeadline: 5_000 }) };
    },
  };
}

async function proxy(names: Record<string, string> = {}): Promise<SocksServer> {
  const started = await SocksServer.start({ names });
  onTestFinished(() => started.close());
  return started;
}

async function relay(): Promise<number> {
  const started = await startTransitRelay({ host: "127.0.0.1", port: 0 });
  onTestFinished(() => started.close());
  return Number(started.url.split(":").at(-1));
}

const listeners = () => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;
const direct = (hostname: string, port = 1) => ({ type: "direct-tcp-v1", hostname, port, priority: 0 });

describe("transit through Tor", () => {
  it("does not listen, offers no address, and announces the usual abilities", async () => {
    const before = listeners();
    const transit = new TransitSender({ tor: torAt(1), relays: ["tcp:relay.test:4001"], listen: true });
    onTestFinished(() => transit.close());
    expect(await transit.getConnectionHints()).toEqual([{ type: "relay-v1", hints: [direct("relay.test", 4001)] }]);
    expect(transit.getConnectionAbilities()).toEqual([{ type: "direct-tcp-v1" }, { type: "relay-v1" }]);
    expect(listeners()).toBe(before);
  });

  it("goes through the proxy to a relay, whose name the proxy looks up", async () => {
    const port = await relay();
    const through = await proxy({ "relay.test": "127.0.0.1" });
    const sender = new TransitSender({ tor: torAt(through.port), relays: [`tcp:relay.test:${port}`] });
    const receiver = new TransitReceiver({ relays: [`tcp:127.0.0.1:${port}`], listen: false });
    for (const end of [sender, receiver]) end.setTransitKey(transitKey);
    sender.addConnectionHints(await receiver.getConnectionHints());
    receiver.addConnectionHints([]);
    const [a, b] = await Promise.all([sender.connect(), receiver.connect()]);
    await a.sendRecord(text("through Tor"));
    expect(words(await b.receiveRecord())).toBe("through Tor");
    expect([a.description, b.description]).toEqual([
      `tor->relay:tcp:relay.test:${port}`,
      `->relay:tcp:127.0.0.1:${port}`,
    ]);
    expect(through.destinations).toEqual([`name relay.test:${port}`]);
    await Promise.all([a.close(), b.close()]);
  });

  it("reaches a peer that has a public address", async () => {
    const through = await proxy({ "peer.test": "127.0.0.1" });
    const sender = new TransitSender();
    const receiver = new TransitReceiver({ tor: torAt(through.port) });
    for (const end of [sender, receiver]) end.setTransitKey(transitKey);
    const [hint] = await sender.getConnectionHints();
    receiver.addConnectionHints([{ ...hint, hostname: "peer.test" }]);
    sender.addConnectionHints(await receiver.getConnectionHints());
    const [a, b] = await Promise.all([sender.connect(), receiver.connect()]);
    expect(b.description).toBe(`tor->tcp:peer.test:${hint?.port}`);
    expect(a.description).toMatch(/^<-127\.0\.0\.1:/);
    await Promise.all([a.close(), b.close()]);
  });

  // proves: api/onion-hints
  it("dials onion services and public addresses, and no private ones", async () => {
    const through = await proxy();
    const receiver = new TransitReceiver({ tor: torAt(through.port) });
    receiver.setTransitKey(transitKey);
    receiver.addConnectionHints([
      { type: "tor-tcp-v1", hostname: "expyuzz4wqqyqhjn.onion", port: 80, priority: 0 },
      direct("peer.test"),
      direct("127.0.0.1"),
      direct("10.0.0.7"),
      direct("192.168.1.8"),
      direct("169.254.169.254"),
      direct("localhost"),
      direct("fe80::1"),
      direct("::1"),
      { type: "relay-v1", hints: [direct("172.16.0.1", 4001), direct("relay.test", 4001)] },
    ]);
    await expect(receiver.connect()).rejects.toThrow("No connection");
    expect(through.destinations.sort()).toEqual([
      "name expyuzz4wqqyqhjn.onion:80",
      "name peer.test:1",
      "name relay.test:4001",
    ]);
  });

  it("does not dial onion services without Tor", async () => {
    const dialled: string[] = [];
    const network = {
      addresses: () => [],
      dial: (host: string) => {
        dialled.push(host);
        return Promise.reject(new Error("no"));
      },
    };
    const receiver = new TransitReceiver({ platform: { network } });
    receiver.setTransitKey(transitKey);
    receiver.addConnectionHints([{ type: "tor-tcp-v1", hostname: "a.onion", port: 80 }, direct("peer.test")]);
    await expect(receiver.connect()).rejects.toThrow("No connection");
    expect(dialled).toEqual(["peer.test"]);
  });
});

describe("addresses", () => {
  it.each([
    ...["0.0.0.0", "10.1.2.3", "127.0.0.1", "127.8.8.8", "169.254.1.1", "172.16.0.1", "172.31.255.255", "192.168.0.1"],
    ...[
      "100.64.0.1",
      "100.127.0.1",
      "192.0.2.1",
      "198.18.0.1",
      "198.51.100.1",
      "203.0.113.9",
      "224.0.0.1",
      "255.1.1.1",
    ],
    ...["::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "2001:0db8::1", "::ffff:8.8.8.8"],
    ...["localhost", "printer.local", "a.localhost", "box.home.arpa", "db.internal"],
  ])("%s is not public", (host) => {
    expect(isPublic(host)).toBe(false);
  });

  it.each([
    ...["8.8.8.8", "1.1.1.1", "100.63.0.1", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1", "198.17.0.1"],
    ...["2001:4860:4860::8888", "2a01:4f8::1", "example.com", "a.onion", "10.example.com", "localhost.example.com"],
  ])("%s is public", (host) => {
    expect(isPublic(host)).toBe(true);
  });
});
