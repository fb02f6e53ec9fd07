/** Whole transits, most of them over real sockets on this machine. */
import { getEventListeners } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { startTransitRelay } from "@wormhole-ts/transit-relay";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { JsonObject } from "../../src/base/json.ts";
import { portable } from "../../src/crypto/portable.ts";
import { NoKeyError, TransitError } from "../../src/errors.ts";
import { systemClock } from "../../src/net/clock.ts";
import { tcp } from "../../src/net/tcp.node.ts";
import { MemoryNetwork } from "../../src/testing/network.ts";
import { startMemoryRelay } from "../../src/testing/relay.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { Transit, TransitOptions } from "../../src/transit/api.ts";
import { relayLine } from "../../src/transit/keys.ts";
import { ATTEMPT_DEADLINE_MS, INBOUND_DEADLINE_MS, RELAY_DELAY_MS, SETTLE_DELAY_MS } from "../../src/transit/limits.ts";
import { TransitReceiver, TransitSender } from "../../src/transit/transit.ts";
import { keys, server, text, transitKey, words } from "./loopback.ts";

type Ends = [sender: Transit, receiver: Transit];

function ends(sender: TransitOptions = {}, receiver: TransitOptions = sender): Ends {
  const both: Ends = [new TransitSender(sender), new TransitReceiver(receiver)];
  for (const end of both) {
    end.setTransitKey(transitKey);
    onTestFinished(() => end.close());
  }
  return both;
}

/** The hints of a side, with an address that this machine certainly has. */
async function local(end: Transit, host = "127.0.0.1"): Promise<JsonObject[]> {
  const hints = await end.getConnectionHints();
  const direct = hints.find(({ type }) => type === "direct-tcp-v1");
  return [...(direct ? [{ ...direct, hostname: host }] : []), ...hints.filter(({ type }) => type === "relay-v1")];
}

async function introduce([sender, receiver]: Ends, host?: string): Promise<void> {
  const [ofSender, ofReceiver] = [await local(sender, host), await local(receiver, host)];
  sender.addConnectionHints(ofReceiver);
  receiver.addConnectionHints(ofSender);
}

/** Connects both sides and sends a record in each direction. Returns the descriptions of both pipes. */
async function converse([sender, receiver]: Ends): Promise<string[]> {
  const [a, b] = await Promise.all([sender.connect(), receiver.connect()]);
  await a.sendRecord(text("to you"));
  await b.sendRecord(text("to me"));
  expect([words(await b.receiveRecord()), words(await a.receiveRecord())]).toEqual(["to you", "to me"]);
  await Promise.all([a.close(), b.close()]);
  return [a.description, b.description];
}

const hint = (port: number, hostname = "127.0.0.1") => ({ type: "direct-tcp-v1", hostname, port, priority: 0 });
const sockets = () => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length;
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}

/** Soon after everything was closed, no socket and no port may be open. */
afterAll(async () => {
  await Promise.race([until(() => sockets() === 0), pause(3000)]);
  expect(sockets()).toBe(0);
});

describe("two machines connect", () => {
  // proves: api/bulk-by-transit
  it("directly, when the receiver can be reached", async () => {
    const both = ends({ listen: false }, {});
    await introduce(both);
    expect(await converse(both)).toEqual([
      expect.stringMatching(/^->tcp:127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^<-127\.0\.0\.1:\d+$/),
    ]);
  });

  it("directly, when the sender can be reached", async () => {
    const both = ends({}, { listen: false });
    await introduce(both);
    expect(await converse(both)).toEqual([
      expect.stringMatching(/^<-127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^->tcp:127\.0\.0\.1:\d+$/),
    ]);
  });

  it("directly, by their own hints", async () => {
    const both = ends();
    both[0].addConnectionHints(await both[1].getConnectionHints());
    both[1].addConnectionHints(await both[0].getConnectionHints());
    expect((await converse(both)).join()).toMatch(/^(?!.*relay).*(?:->tcp:|<-)/);
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
  it.skipIf(!hasIpv6)("directly, over IPv6", async () => {
    const both = ends({ listen: false }, {});
    await introduce(both, "::1");
    expect((await converse(both))[0]).toMatch(/^->tcp:\[::1\]:\d+$/);
  });

  it("when one side starts long before the other", async () => {
    const both = ends({}, { listen: false });
    await introduce(both);
    const early = both[1].connect();
    await pause(100);
    const [late, first] = await Promise.all([both[0].connect(), early]);
    await late.sendRecord(text("at last"));
    expect(words(await first.receiveRecord())).toBe("at last");
    await Promise.all([late.close(), first.close()]);
  });

  it("when the hints come after the start", async () => {
    const both = ends({ listen: false }, {});
    const hints = await local(both[1]);
    const conversing = converse(both);
    both[0].addConnectionHints(hints);
    expect((await conversing)[0]).toMatch(/^->tcp:/);
  });

  it("through a relay, if neither side can be reached", async () => {
    await using relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
    const both = ends({ listen: false, relays: [relay.url] });
    await introduce(both);
    expect(await converse(both)).toEqual([`->relay:${relay.url}`, `->relay:${relay.url}`]);
  });

  it("through a relay that only one side has", async () => {
    await using relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
    const both = ends({ listen: false }, { listen: false, relays: [relay.url] });
    await introduce(both);
    expect((await converse(both))[0]).toBe(`->relay:${relay.url}`);
  });

  it("directly, although one relay works and another is down", async () => {
    await using relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
    const both = ends({ relays: [relay.url, "tcp:127.0.0.1:1"] });
    await introduce(both);
    expect((await converse(both)).join()).not.toContain("relay");
  });

  it("through the relay that works, although another is down", async () => {
    await using relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
    const both = ends({ listen: false, relays: ["tcp:127.0.0.1:1", relay.url] });
    await introduce(both);
    expect((await converse(both))[0]).toBe(`->relay:${relay.url}`);
  });
});

/** A server in memory that writes `greeting` to each connection. Collects the text that it receives. */
async function memoryServer(network: MemoryNetwork, address: string, greeting: Uint8Array) {
  const seen = { port: 0, text: "" };
  const listener = await network.machine(address).listen?.((connection) => {
    connection.receive({
      chunk: (bytes) => {
        seen.text += words(bytes);
      },
      ended() {},
    });
    connection.write(greeting);
  });
  seen.port = listener?.port ?? 0;
  return seen;
}

describe("the sender's decision", () => {
  // proves: transit/one-connection, transit/direct-first
  it("is `go` on a direct connection, and `nevermind` on the relay that was ready before", async () => {
    const [clock, network] = [new VirtualClock(), new MemoryNetwork()];
    const proof = words(keys.handshake.receiver);
    const relay = await memoryServer(network, "10.0.0.9", text(`ok\n${proof}`));
    const silent = await memoryServer(network, "10.0.0.8", new Uint8Array(0));
    const platform = { clock, network: network.machine("10.0.0.1"), loadBulkCrypto: async () => portable };
    const [sender] = ends({ relays: [`tcp:10.0.0.9:${relay.port}`], platform });
    const [direct] = await sender.getConnectionHints();
    const connecting = sender.connect();
    // A direct candidate is still being tried, so the relay has to wait.
    sender.addConnectionHints([hint(silent.port, "10.0.0.8")]);
    await clock.advance(RELAY_DELAY_MS);
    expect(relay.text).toMatch(/ready\n\n$/);
    await clock.advance(SETTLE_DELAY_MS - 1);
    const inbound = await network.machine().dial("10.0.0.1", Number(direct?.port), new AbortController());
    let atPeer = "";
    inbound.receive({
      chunk: (bytes) => {
        atPeer += words(bytes);
      },
      ended() {},
    });
    inbound.write(text(proof));
    expect((await connecting).description).toMatch(/^<-/);
    await until(() => atPeer.endsWith("ready\n\ngo\n") && relay.text.endsWith("ready\n\nnevermind\n"));
  });
});

describe("among bad candidates", () => {
  it("the good one is found at once", async () => {
    const silent = await server(() => {});
    const garbage = await server((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    const shut = await server((socket) => socket.destroy());
    const reset = await server((socket) => socket.resetAndDestroy());
    const slow = await server((socket) =>
      setInterval(() => socket.write(keys.handshake.receiver.slice(0, 1)), 50).unref(),
    );
    const both = ends({ listen: false }, {});
    const good = await local(both[1]);
    both[0].addConnectionHints([
      hint(silent),
      hint(garbage),
      hint(shut),
      hint(reset),
      hint(slow),
      hint(1),
      hint(1, "192.0.2.99"),
    ]);
    both[0].addConnectionHints(good);
    const start = performance.now();
    expect((await converse(both))[0]).toBe(`->tcp:127.0.0.1:${good[0]?.port}`);
    // Seven candidates start before it, each a stagger after the previous one. Those that fail at once cost no time.
    expect(performance.now() - start).toBeLessThan(1500);
  });

  // proves: transit/one-fixed-line
  it("a stranger's service receives one fixed line, which is not a request", async () => {
    let seen = Buffer.alloc(0);
    const metadata = await server((socket) => {
      socket.on("data", (bytes) => {
        seen = Buffer.concat([seen, bytes]);
      });
    });
    const both = ends({ listen: false }, {});
    both[0].addConnectionHints([hint(metadata), ...(await local(both[1]))]);
    await converse(both);
    expect(seen.toString()).toBe(Buffer.from(keys.handshake.sender).toString());
    expect(seen.length).toBeLessThanOrEqual(100);
    expect(seen.includes("\r\n\r\n")).toBe(false);
  });

  // proves: transit/strangers-capped
  it("strangers at the port are dropped, and the transfer continues", async () => {
    const both = ends({ listen: false }, {});
    const hints = await local(both[1]);
    const port = Number(hints[0]?.port);
    const strangers: Socket[] = [];
    for (let i = 0; i < 300; i++) strangers.push(connect(port, "127.0.0.1").on("error", () => {}));
    await until(() => strangers.filter((socket) => socket.closed).length >= 280);
    both[0].addConnectionHints(hints);
    expect((await converse(both))[0]).toMatch(/^->tcp:/);
    for (const socket of strangers) socket.destroy();
  });

  // proves: transit/key-proved
  it("a side with another key is dropped", async () => {
    const both = ends({ listen: false }, {});
    both[1].setTransitKey(new Uint8Array(32).fill(8));
    await introduce(both);
    const receiving = both[1].connect();
    await expect(both[0].connect()).rejects.toThrow(/tried 127\.0\.0\.1:\d+ \(another program answered\)\.$/);
    both[1].close();
    await expect(receiving).rejects.toThrow(TransitError);
  });
});

describe("a platform that refuses something", () => {
  it("such as the addresses of this machine: the other side is dialled, and relays are named", async () => {
    const network = new MemoryNetwork();
    const silent = {
      ...network.machine("10.0.0.1"),
      addresses: () => {
        throw new Error("uv_interface_addresses returned Unknown system error 13");
      },
    };
    const relays = ["tcp:relay.example:4001"];
    const both = ends(
      { relays, platform: { network: silent } },
      { platform: { network: network.machine("10.0.0.2") } },
    );
    expect((await both[0].getConnectionHints()).map(({ type }) => type)).toEqual(["relay-v1"]);
    both[0].addConnectionHints(await both[1].getConnectionHints());
    both[1].addConnectionHints(await both[0].getConnectionHints());
    expect((await converse(both))[0]).toMatch(/^->tcp:10\.0\.0\.2/);
  });

  it("such as all sockets: there are no hints, and no abilities", async () => {
    const platform = { network: undefined } as object;
    const sender = new TransitSender({ relays: ["tcp:relay.example:4001"], platform });
    expect(await sender.getConnectionHints()).toEqual([]);
    expect(sender.getConnectionAbilities()).toEqual([]);
  });
});

describe("the end without a connection", () => {
  it("is explained by the failure of each candidate", async () => {
    const [sender] = ends({ listen: false, relays: ["tcp:127.0.0.1:1"] });
    const shut = await server((socket) => socket.destroy());
    sender.addConnectionHints([hint(shut)]);
    await expect(sender.connect()).rejects.toThrow(
      `No connection to the other side could be made: tried 127.0.0.1:${shut} (the other side hung up); ` +
        "the relay 127.0.0.1:1 (nothing listens there).",
    );
  });

  it("has its own explanation if there was no address to try", async () => {
    const [sender] = ends({ listen: false });
    sender.addConnectionHints([]);
    await expect(sender.connect()).rejects.toThrow("there was no address to try");
  });

  it("is caused by a signal, before or during `connect`, and leaves nothing open", async () => {
    const silent = await server(() => {});
    const gone = AbortSignal.abort(new Error("changed my mind"));
    const [sender, receiver] = ends();
    await introduce([sender, receiver]);
    await expect(sender.connect({ signal: gone })).rejects.toThrow("changed my mind");
    receiver.addConnectionHints([hint(silent)]);
    const later = new AbortController();
    const connecting = receiver.connect({ signal: later.signal });
    setTimeout(() => later.abort(new Error("no time")), 50);
    await expect(connecting).rejects.toThrow("no time");
  });

  it("is caused by the signal of the options", async () => {
    const leaving = new AbortController();
    const [sender] = ends({ signal: leaving.signal });
    await sender.getConnectionHints();
    const connecting = sender.connect();
    leaving.abort(new Error("going home"));
    await expect(connecting).rejects.toThrow("going home");
    expect(() => new TransitSender({ signal: leaving.signal })).toThrow("going home");
  });

  it("leaves no listener on the signals", async () => {
    const [ofTransit, ofCall] = [new AbortController().signal, new AbortController().signal];
    const [sender] = ends({ listen: false, signal: ofTransit }, { listen: false });
    sender.addConnectionHints([]);
    const connecting = sender.connect({ signal: ofCall });
    expect([ofTransit, ofCall].map((signal) => getEventListeners(signal, "abort").length)).toEqual([1, 1]);
    await expect(connecting).rejects.toThrow(TransitError);
    expect([ofTransit, ofCall].map((signal) => getEventListeners(signal, "abort").length)).toEqual([0, 0]);
  });

  it("is caused by `close`, which does not affect a pipe that was returned", async () => {
    const both = ends({ listen: false }, {});
    await introduce(both);
    const [a, again, b] = await Promise.all([both[0].connect(), both[0].connect(), both[1].connect()]);
    expect(again).toBe(a);
    for (const end of both) end.close();
    await a.sendRecord(text("still here"));
    expect(words(await b.receiveRecord())).toBe("still here");
    await Promise.all([a.close(), b.close()]);
  });
});

describe("deadlines", () => {
  /** A clock whose long timers fire when the test calls `pass`. */
  function controlledDeadlines() {
    const due = new Map<number, Set<() => void>>();
    return {
      clock: {
        now: () => systemClock.now(),
        after(milliseconds: number, fire: () => void) {
          if (milliseconds < INBOUND_DEADLINE_MS) return systemClock.after(milliseconds, fire);
          const all = due.get(milliseconds) ?? new Set();
          due.set(milliseconds, all.add(fire));
          return { cancel: () => void all.delete(fire) };
        },
      },
      pass: (milliseconds: number) => {
        for (const fire of [...(due.get(milliseconds) ?? [])]) fire();
      },
      pending: (milliseconds: number) => due.get(milliseconds)?.size ?? 0,
    };
  }

  // proves: transit/every-wait-ends
  it("end a relay that never completes its answer, without affecting other candidates", async () => {
    const drips = await server((socket) => void socket.write("o"));
    const time = controlledDeadlines();
    const both = ends({ platform: { clock: time.clock } }, {});
    await both[0].getConnectionHints();
    both[0].addConnectionHints([{ type: "relay-v1", hints: [hint(drips)] }]);
    const conversing = converse(both);
    await until(() => time.pending(ATTEMPT_DEADLINE_MS) === 1);
    time.pass(ATTEMPT_DEADLINE_MS);
    both[0].addConnectionHints(await local(both[1]));
    expect((await conversing)[0]).toMatch(/^->tcp:/);
    expect(time.pending(ATTEMPT_DEADLINE_MS)).toBe(0);
  });

  it("end a sender that proves its key and sends nothing more", async () => {
    const mute = await server((socket) => void socket.write(keys.handshake.sender));
    const time = controlledDeadlines();
    const [sender, receiver] = ends({}, { listen: false, platform: { clock: time.clock } });
    receiver.addConnectionHints([hint(mute)]);
    const connecting = receiver.connect();
    await until(() => time.pending(ATTEMPT_DEADLINE_MS) === 1);
    await pause(100);
    time.pass(ATTEMPT_DEADLINE_MS);
    await expect(connecting).rejects.toThrow("no answer");
    sender.close();
  });

  it("start again with each step: a peer that reaches a relay late still has time for its proof", async () => {
    const [clock, network] = [new VirtualClock(), new MemoryNetwork()];
    const relay = await startMemoryRelay(network, "10.0.0.9");
    const platform = { clock, network: network.machine(), loadBulkCrypto: async () => portable };
    const [sender] = ends({ listen: false, relays: [relay], platform });
    const connecting = sender.connect();
    await clock.advance(ATTEMPT_DEADLINE_MS - 1_000);
    const port = Number(relay.split(":").at(-1));
    const late = await network.machine().dial("10.0.0.9", port, { signal: new AbortController().signal });
    late.write(relayLine(keys.relayToken, "0123456789abcdef"));
    await clock.advance(2_000);
    late.write(keys.handshake.receiver);
    await clock.advance(2_000);
    expect((await connecting).description).toBe(`->relay:${relay}`);
  });

  // proves: transit/every-wait-ends
  it("end a connection of a stranger that sends nothing", async () => {
    const time = controlledDeadlines();
    const [, receiver] = ends({ platform: { clock: time.clock } });
    const port = Number((await local(receiver))[0]?.port);
    const connecting = receiver.connect();
    const stranger = connect(port, "127.0.0.1").resume();
    await until(() => time.pending(INBOUND_DEADLINE_MS) === 1);
    time.pass(INBOUND_DEADLINE_MS);
    await until(() => stranger.closed);
    receiver.close();
    await expect(connecting).rejects.toThrow(TransitError);
  });
});

describe("mistakes of the caller", () => {
  it("are reported at once", async () => {
    const sender = new TransitSender();
    await expect(sender.connect()).rejects.toThrow(NoKeyError);
    expect(() => sender.setTransitKey(new Uint8Array(31))).toThrow(TypeError);
    expect(() => new TransitSender({ relays: ["relay.example:4001"] })).toThrow(TransitError);
    sender.close();
  });
});

describe("hints and abilities", () => {
  it("of a side that does not listen are its relays, and both abilities", async () => {
    const sender = new TransitSender({ listen: false, relays: ["tcp:relay.example:4001"] });
    expect(await sender.getConnectionHints()).toEqual([
      { type: "relay-v1", hints: [{ type: "direct-tcp-v1", hostname: "relay.example", port: 4001, priority: 0 }] },
    ]);
    expect(sender.getConnectionAbilities()).toEqual([{ type: "direct-tcp-v1" }, { type: "relay-v1" }]);
    sender.close();
  });

  it("contain every address of this machine, with one port that is opened once", async () => {
    const sender = new TransitSender();
    const hints = await sender.getConnectionHints();
    expect(hints.map(({ hostname }) => hostname)).toEqual(tcp.addresses());
    expect(new Set(hints.map(({ port }) => port)).size).toBe(1);
    expect(await sender.getConnectionHints()).toEqual(hints);
    sender.close();
  });
});
