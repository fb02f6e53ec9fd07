/** The network in memory: transit between its machines, and dialling, listening and cutting. */
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { TransitError, TransitReceiver, TransitSender } from "../../src/index.ts";
import { MemoryNetwork, startMemoryRelay, VirtualClock } from "../../src/testing.ts";

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

  it("connects two machines that cannot be dialled through a relay", async () => {
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

describe("machines of a network in memory", () => {
  const never = () => new AbortController().signal;
  const arrived = () => new Promise(setImmediate);

  it("are refused where nothing listens, and where something has stopped to listen", async () => {
    const network = new MemoryNetwork();
    const listener = await network.machine("10.0.0.1").listen?.(() => {}, 5000);
    const dial = () => network.machine("10.0.0.2").dial("10.0.0.1", 5000, { signal: never() });
    const connection = await dial();
    expect([connection.description, connection.localAddress]).toEqual(["10.0.0.1:5000", "10.0.0.2"]);
    listener?.close();
    await expect(dial()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await expect(network.machine().dial("10.0.0.3", 1, { signal: never() })).rejects.toThrow("nothing listens");
  });

  it("cannot listen twice on one port, and have ports of their own", async () => {
    const network = new MemoryNetwork();
    const [a, b] = [network.machine("10.0.0.1"), network.machine("10.0.0.2")];
    await a.listen?.(() => {}, 5000);
    await expect(a.listen?.(() => {}, 5000)).rejects.toMatchObject({ code: "EADDRINUSE" });
    expect((await b.listen?.(() => {}, 5000))?.port).toBe(5000);
  });

  it("have addresses, and cannot be reached without one", () => {
    const network = new MemoryNetwork();
    expect(network.machine("10.0.0.1").addresses()).toEqual(["10.0.0.1"]);
    expect(network.machine().addresses()).toEqual([]);
    expect("listen" in network.machine()).toBe(false);
  });

  it("are cut off one by one", async () => {
    const network = new MemoryNetwork();
    await network.machine("10.0.0.1").listen?.(() => {}, 5000);
    const ends: string[] = [];
    for (const from of ["10.0.0.2", "10.0.0.3"]) {
      const connection = await network.machine(from).dial("10.0.0.1", 5000, { signal: never() });
      connection.receive({ chunk() {}, ended: (error) => void ends.push(`${from}: ${error?.message}`) });
    }
    expect(network.connections).toBe(2);
    network.cut((address) => address === "10.0.0.3");
    await arrived();
    expect(ends).toEqual(["10.0.0.3: the connection was cut"]);
  });

  it("do not notice that their connections are dead", async () => {
    const network = new MemoryNetwork();
    const received: Uint8Array[] = [];
    await network
      .machine("10.0.0.1")
      .listen?.((far) => far.receive({ chunk: (bytes) => void received.push(bytes), ended() {} }), 5000);
    const connection = await network.machine().dial("10.0.0.1", 5000, { signal: never() });
    network.silence();
    connection.write(Uint8Array.of(1));
    await arrived();
    expect(received).toEqual([]);
  });

  it("wait for an answer for a round trip, and for their bytes half as long", async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork({ clock, delay: () => 40 });
    const received: number[] = [];
    await network
      .machine("10.0.0.1")
      .listen?.((far) => far.receive({ chunk: () => void received.push(clock.now()), ended() {} }), 5000);
    const dialled: number[] = [];
    void network
      .machine()
      .dial("10.0.0.1", 5000, { signal: never() })
      .then((connection) => {
        dialled.push(clock.now());
        connection.write(Uint8Array.of(1));
      });
    await clock.advance(1_000);
    expect([dialled, received]).toEqual([[80], [120]]);
  });

  it("give up an attempt that the signal aborts, before or while it lasts", async () => {
    const clock = new VirtualClock();
    const network = new MemoryNetwork({ clock });
    const abort = new AbortController();
    const dial = () => network.machine().dial("10.0.0.1", 1, { signal: abort.signal });
    const given = expect(dial()).rejects.toThrow("enough");
    abort.abort(new Error("enough"));
    await given;
    await expect(dial()).rejects.toThrow("enough");
    expect(clock.pending).toBe(0);
  });

  it("are refused or get no answer where the network does not let them through", async () => {
    const network = new MemoryNetwork({ passage: (from) => (from === "10.0.0.2" ? "refused" : "silent") });
    await network.machine("10.0.0.1").listen?.(() => {}, 5000);
    const dial = (from?: string, signal = never()) => network.machine(from).dial("10.0.0.1", 5000, { signal });
    await expect(dial("10.0.0.2")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const abort = new AbortController();
    const silent = expect(dial(undefined, abort.signal)).rejects.toThrow("too long");
    await arrived();
    abort.abort(new Error("too long"));
    await silent;
  });
});
