import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createWormhole, TransitError, TransitReceiver, TransitSender } from "../../src/index.ts";
import { MemoryMailboxServer, MemoryNetwork, startMemoryRelay } from "../../src/testing.ts";

async function connect(sender: TransitSender, receiver: TransitReceiver) {
  const key = randomBytes(32);
  for (const transit of [sender, receiver]) transit.setTransitKey(new Uint8Array(key));
  receiver.addConnectionHints(await sender.getConnectionHints());
  sender.addConnectionHints(await receiver.getConnectionHints());
  return Promise.all([sender.connect(), receiver.connect()]);
}

describe("a network in memory", () => {
  it("connects two machines directly, and carries bulk both ways with backpressure", async () => {
    const network = new MemoryNetwork();
    const [a, b] = await connect(
      new TransitSender({ platform: { network: network.machine("10.0.0.1") } }),
      new TransitReceiver({ platform: { network: network.machine("10.0.0.2") } }),
    );
    expect(a.description).toMatch(/10\.0\.0\.2/);
    const sent = new Uint8Array(randomBytes(3_000_000));
    const sending = (async () => {
      for (let i = 0; i < sent.length; i += 262_144) await a.sendBulk(sent.subarray(i, i + 262_144));
    })();
    const got: Uint8Array[] = [];
    for await (const piece of b.receiveBulk(sent.length)) got.push(piece.slice());
    await sending;
    expect(Buffer.concat(got).equals(sent)).toBe(true);
    await b.sendRecord(new TextEncoder().encode("thanks"));
    expect(new TextDecoder().decode(await a.receiveRecord())).toBe("thanks");
    await Promise.all([a.close(), b.close()]);
  });

  it("connects two machines that nobody can reach through a relay", async () => {
    const network = new MemoryNetwork();
    const relays = [await startMemoryRelay(network, "10.0.0.9")];
    const [a, b] = await connect(
      new TransitSender({ relays, platform: { network: network.machine() } }),
      new TransitReceiver({ relays, platform: { network: network.machine() } }),
    );
    expect(a.description).toContain("relay");
    await a.sendRecord(Uint8Array.of(1, 2, 3));
    expect(await b.receiveRecord()).toEqual(Uint8Array.of(1, 2, 3));
    await b.close();
    await expect(a.receiveRecord()).rejects.toThrow(TransitError);
  });

  it("can be cut", async () => {
    const network = new MemoryNetwork();
    const [a, b] = await connect(
      new TransitSender({ platform: { network: network.machine("10.0.0.1") } }),
      new TransitReceiver({ platform: { network: network.machine("10.0.0.2") } }),
    );
    const lost = [
      expect(a.receiveRecord()).rejects.toThrow(TransitError),
      expect(b.receiveRecord()).rejects.toThrow(TransitError),
    ];
    network.cut();
    await Promise.all(lost);
  });
});

it("an application's test needs no sockets at all", async () => {
  const server = new MemoryMailboxServer();
  const options = { appId: "x", relayUrl: "ws://memory/v1", platform: { openMessageSocket: server.openMessageSocket } };
  const [a, b] = [createWormhole(options), createWormhole(options)];
  a.allocateCode();
  b.setCode(await a.getCode());
  a.sendMessage(Uint8Array.of(7));
  expect(await b.getMessage()).toEqual(Uint8Array.of(7));
  expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
});
