/** `wormhole.dilate()`: two whole wormholes in one process, with a mailbox server, a network and a relay in memory. */
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { Dilation } from "../../src/dilation/dilation.ts";
import {
  createWormhole,
  type Dilated,
  type DilateOptions,
  type DilationStatus,
  EndpointUsedError,
  type JsonObject,
  LonelyError,
  PeerCannotDilateError,
  type StreamNetwork,
  TransitError,
  type Wormhole,
  WormholeClosedError,
  type WormholeOptions,
  WrongPasswordError,
} from "../../src/index.ts";
import { platform } from "../../src/platform/node.ts";
import { MemoryMailboxServer, MemoryNetwork, startMemoryRelay } from "../../src/testing.ts";
import { clock, soon } from "./clock.ts";
import { bytes, chunks, KEY, text } from "./pair.ts";

const CODE = "4-purple-sausages";
/** Real time for events that happen at once, on a busy machine. */
const SOON = { timeout: 20_000, interval: 2 };

class World {
  readonly server = new MemoryMailboxServer();
  readonly network = new MemoryNetwork();
  #machines = 0;

  wormhole({ machine, ...options }: Partial<WormholeOptions> & { machine?: StreamNetwork } = {}): Wormhole {
    const network = machine ?? this.network.machine(`10.0.0.${++this.#machines}`);
    const { openMessageSocket } = this.server;
    const made = createWormhole({
      appId: "example.com/dilate",
      relayUrl: "ws://memory/v1",
      platform: { openMessageSocket, network, clock },
      ...options,
    });
    onTestFinished(() => void made.close().catch(() => {}));
    return made;
  }

  /** Makes two wormholes with one code. */
  two(one: Parameters<World["wormhole"]>[0] = {}, other = one): [Wormhole, Wormhole] {
    const both: [Wormhole, Wormhole] = [this.wormhole(one), this.wormhole(other)];
    for (const wormhole of both) wormhole.setCode(CODE);
    return both;
  }
}

/** Dilates both wormholes. */
function dilate(a: Wormhole, b: Wormhole, options: DilateOptions = {}): Promise<[Dilated, Dilated]> {
  return Promise.all([a.dilate(options), b.dilate(options)]);
}

/** Sends words over a new subchannel. Returns those that arrive. */
async function say(from: Dilated, to: Dilated, words: string): Promise<string> {
  const name = `saying ${words}`;
  const [near, { value: far }] = await Promise.all([from.connector(name).connect(), to.listener(name).listen().next()]);
  const writer = near.writable.getWriter();
  await Promise.all([writer.write(bytes(words)), writer.close()]);
  const said = await chunks(far.readable);
  await far.close();
  return said.join();
}

/** The sequence of states, without repetitions. */
function states(seen: readonly DilationStatus[]): string[] {
  const all = seen.map(({ generation, peerConnection: { state } }) => `${state} ${generation}`);
  return all.filter((state, n) => state !== all[n - 1]);
}

describe("two wormholes", () => {
  // proves: api/endpoints
  it("that both dilate carry streams in both directions", async () => {
    const [a, b] = await dilate(...new World().two());
    expect(await say(a, b, "there")).toBe("there");
    expect(await say(b, a, "and back")).toBe("and back");
    const [one, other] = await Promise.all([a.control.connect(), b.control.connect()]);
    await one.writable.getWriter().write(bytes("hello"));
    expect(text((await other.readable.getReader().read()).value)).toBe("hello");
  });

  it.each(["before there is a code", "after the peer's versions have come", "one long after the other"])(
    // proves: api/dilate
    "can be dilated %s",
    async (when) => {
      const world = new World();
      const [a, b] = [world.wormhole(), world.wormhole()];
      const code = () => [a, b].map((wormhole) => wormhole.setCode(CODE));
      if (when !== "before there is a code") {
        code();
        await Promise.all([a.getVersions(), b.getVersions()]);
      }
      const first = a.dilate();
      if (when === "one long after the other") await soon(first, 200);
      const second = b.dilate();
      if (when === "before there is a code") code();
      expect(await say(await first, await second, "hello")).toBe("hello");
    },
  );

  it("report versions before streams", async () => {
    const [a, b] = new World().two();
    const order: string[] = [];
    const note = (name: string) => () => void order.push(name);
    const all = [
      a.getCode().then(note("code")),
      a.getUnverifiedKey().then(note("key")),
      a.getVerifier().then(note("verifier")),
      a.getVersions().then(note("versions")),
      a.dilate().then(note("dilated")),
      b.dilate(),
    ];
    await Promise.all(all);
    expect(order).toEqual(["code", "key", "verifier", "versions", "dilated"]);
  });

  // proves: api/messages-beside
  it("still carry messages before, during and after", async () => {
    const [a, b] = new World().two();
    a.sendMessage(bytes("before"));
    const [one, other] = await dilate(a, b);
    b.sendMessage(bytes("beside"));
    await say(one, other, "a stream");
    a.sendMessage(bytes("after"));
    expect(text(await b.getMessage())).toBe("before");
    expect(text(await a.getMessage())).toBe("beside");
    expect(text(await b.getMessage())).toBe("after");
  });

  it("survive the loss of all connections while the server is down", async () => {
    const world = new World();
    const [a, b] = await dilate(...world.two());
    const [near, { value: far }] = await Promise.all([a.client.connect(), b.server.listen().next()]);
    const writer = near.writable.getWriter();
    await writer.write(bytes("one"));
    world.server.down = true;
    world.server.drop();
    world.network.cut();
    await writer.write(bytes("two"));
    await soon(far.closed, 200);
    world.server.down = false;
    await writer.write(bytes("three"));
    await writer.close();
    expect(await chunks(far.readable)).toEqual(["one", "two", "three"]);
  });

  it("continue their streams while the server is down", async () => {
    const world = new World();
    const [a, b] = await dilate(...world.two());
    world.server.down = true;
    world.server.drop();
    expect(await say(a, b, "without a server")).toBe("without a server");
  });
});

describe("a wormhole that cannot dilate", () => {
  it.each([
    ["by its options", (world: World) => world.wormhole({ dilation: false })],
    [
      "because it has a delegate",
      (world: World) => {
        const { openMessageSocket } = world.server;
        const options = { appId: "example.com/dilate", relayUrl: "ws://memory/v1", platform: { openMessageSocket } };
        const made = createWormhole({ ...options, delegate: {} });
        onTestFinished(() => made.close());
        return made;
      },
    ],
    // proves: api/cannot-dilate
  ])("%s: dilate() fails at once at the other side, which continues without", async (_, peer) => {
    const world = new World();
    const [a, b] = [world.wormhole(), peer(world)];
    for (const wormhole of [a, b]) wormhole.setCode(CODE);
    await expect(a.dilate()).rejects.toThrow(PeerCannotDilateError);
    b.sendMessage(bytes("still here"));
    expect(text(await a.getMessage())).toBe("still here");
    expect(await a.close()).toBe("happy");
  });

  it("rejects dilate() itself", async () => {
    const world = new World();
    for (const wormhole of [
      world.wormhole({ dilation: false }),
      createWormhole({
        appId: "x",
        relayUrl: "ws://memory/v1",
        platform: { openMessageSocket: world.server.openMessageSocket, network: undefined as unknown as StreamNetwork },
      }),
    ]) {
      await expect(wormhole.dilate()).rejects.toMatchObject({ code: "no-dilation" });
      await expect(wormhole.close()).rejects.toThrow(LonelyError);
    }
  });
});

describe("dilate()", () => {
  it("can be called once, whether it has resolved or not", async () => {
    const [a, b] = new World().two();
    const first = a.dilate();
    await expect(a.dilate()).rejects.toThrow(EndpointUsedError);
    await Promise.all([first, b.dilate()]);
    await expect(a.dilate()).rejects.toThrow(EndpointUsedError);
  });

  it.each([
    ["an invalid relay", { relays: ["wss://example.com"] }, TransitError],
    ["an invalid number", { pingInterval: 0 }, TypeError],
    ["an invalid list", { expectedSubprotocols: "fowl" as unknown as string[] }, TypeError],
  ] as const)("can be called again after %s", async (_, wrong, error) => {
    const [a, b] = new World().two();
    await expect(a.dilate(wrong as DilateOptions)).rejects.toThrow(error);
    await dilate(a, b);
  });

  it.each([
    ["before the other side has come", async () => {}],
    ["after the other side has come", (a: Wormhole, b: Wormhole) => Promise.all([a.getVersions(), b.getVersions()])],
  ])("that its signal gives up %s can be called again, and both sides dilate", async (_, come) => {
    const [a, b] = new World().two();
    await come(a, b);
    for (let n = 0; n < 3; n++)
      await expect(a.dilate({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
    a.sendMessage(bytes("still here"));
    expect(text(await b.getMessage())).toBe("still here");
    const [one, other] = await dilate(a, b);
    expect(await say(one, other, "hello")).toBe("hello");
  });

  it("that was given up does not dilate by itself when the other side wants to", async () => {
    const [a, b] = new World().two();
    await Promise.all([a.getVersions(), b.getVersions()]);
    await expect(a.dilate({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
    const waiting = b.dilate();
    expect(await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, "waits"))])).toBe("waits");
    const [one, other] = await Promise.all([a.dilate(), waiting]);
    expect(await say(one, other, "hello")).toBe("hello");
  });

  it("that was given up leaves a wormhole that closes", async () => {
    const [a] = new World().two();
    await expect(a.dilate({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({ name: "TimeoutError" });
    expect(await a.close()).toBe("happy");
  });

  it.each([
    ["without dilation", { dilation: false }, "it was made with `dilation: false`"],
    ["without sockets", { platform: { network: undefined } as object }, "no connections for streams"],
  ] as const)("of a wormhole %s says so", async (_, options, why) => {
    const { openMessageSocket } = new MemoryMailboxServer();
    const wormhole = createWormhole({
      appId: "example.com/none",
      relayUrl: "ws://memory/v1",
      platform: { openMessageSocket, ...("platform" in options ? options.platform : {}) },
      ...("dilation" in options ? options : {}),
    });
    await expect(wormhole.dilate()).rejects.toThrow(why);
    wormhole.close().catch(() => {});
  });

  it("with an aborted signal does nothing, and can be called again", async () => {
    const [a, b] = new World().two();
    await expect(a.dilate({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    await dilate(a, b);
  });

  it("ignores its signal after it has resolved", async () => {
    const [a, b] = new World().two();
    const late = new AbortController();
    const [one, other] = await dilate(a, b, { signal: late.signal });
    late.abort();
    expect(await say(one, other, "still here")).toBe("still here");
  });

  it("that is given up while connecting ends at the other side, too", async () => {
    const world = new World();
    // Neither machine can be reached.
    const alone = () => ({ machine: world.network.machine() });
    const [a, b] = world.two(alone(), alone());
    const enough = new AbortController();
    const seen: DilationStatus[] = [];
    const first = a.dilate({ signal: enough.signal, onStatus: (status) => seen.push(status) });
    const second = b.dilate();
    second.catch(() => {});
    await vi.waitUntil(() => seen.at(-1)?.peerConnection.state === "connecting", SOON);
    enough.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    await expect(second).rejects.toThrow("The other side has closed its wormhole.");
  });

  it("after the end rejects like every other call", async () => {
    const [a, b] = new World().two();
    await Promise.all([a.getVersions(), b.getVersions()]);
    await a.close();
    await expect(a.dilate()).rejects.toThrow(WormholeClosedError);
    const pending = b.dilate();
    const result = expect(pending).rejects.toThrow(WormholeClosedError);
    await b.close();
    await result;
  });

  it("rejects with the error that ends the wormhole meanwhile", async () => {
    const world = new World();
    const [a, b] = [world.wormhole(), world.wormhole()];
    a.setCode("4-purple-sausages");
    b.setCode("4-other-words");
    for (const wormhole of [a, b]) await expect(wormhole.dilate()).rejects.toThrow(WrongPasswordError);
  });

  it("rejects if the mailbox reflects its own messages", async () => {
    const network = new MemoryNetwork().machine("10.0.0.1");
    const send = (message: JsonObject) => queueMicrotask(() => dilation.received(message));
    const dilation: Dilation = new Dilation({ send, hurry() {}, moved() {} }, { platform: { ...platform, network } });
    dilation.start(KEY);
    await expect(dilation.dilated).rejects.toMatchObject({ code: "reflected" });
  });
});

describe("the end of a dilated wormhole", () => {
  it("is happy on both sides, and ends the streams of both", async () => {
    const [a, b] = new World().two();
    const [one, other] = await dilate(a, b);
    const [near, { value: far }] = await Promise.all([one.client.connect(), other.server.listen().next()]);
    await near.writable.getWriter().write(bytes("last words"));
    expect(await a.close()).toBe("happy");
    const reader = far.readable.getReader();
    expect(text((await reader.read()).value)).toBe("last words");
    await expect(reader.read()).rejects.toThrow(WormholeClosedError);
    for (const { closed } of [near, far]) await expect(closed).rejects.toThrow(WormholeClosedError);
    // The mailbox still carries messages.
    await expect(other.client.connect()).rejects.toThrow(WormholeClosedError);
    expect(await b.close()).toBe("happy");
  });

  it("comes with the end of its scope, and with its signal", async () => {
    const world = new World();
    const over = new AbortController();
    const [a, b] = world.two({}, { signal: over.signal });
    const [one, other] = await dilate(a, b);
    const [near, { value: far }] = await Promise.all([one.client.connect(), other.server.listen().next()]);
    over.abort();
    await expect(far.closed).rejects.toThrow(WormholeClosedError);
    await expect(near.closed).rejects.toThrow(WormholeClosedError);
    {
      await using scoped = a;
      expect(await scoped.getCode()).toBe(CODE);
    }
    await expect(a.getMessage()).rejects.toThrow(WormholeClosedError);
  });

  it("leaves no mailbox at the server", async () => {
    const world = new World();
    const [a, b] = world.two();
    await dilate(a, b);
    expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
    await vi.waitUntil(() => world.server.mailboxes === 0, SOON);
    expect(world.server.nameplates).toEqual([]);
  });
});

describe("ways", () => {
  /** A machine that reaches only hosts that `may` allows. */
  function behindWall(machine: StreamNetwork, may: (host: string) => boolean): StreamNetwork {
    return {
      ...machine,
      dial: (host, port, options) =>
        may(host) ? machine.dial(host, port, options) : Promise.reject(new Error("nothing can be reached from here")),
    };
  }

  // proves: api/direct-encrypted
  it("are direct if one of the two can be reached", async () => {
    const world = new World();
    const [a, b] = world.two({ machine: world.network.machine() }, {});
    const seen: DilationStatus[] = [];
    const onStatus = (status: DilationStatus) => void seen.push(status);
    const [one, other] = await Promise.all([a.dilate({ onStatus }), b.dilate()]);
    expect(await say(one, other, "hello")).toBe("hello");
    expect(seen.at(-1)?.peerConnection).toMatchObject({
      state: "connected",
      description: expect.stringMatching(/^->tcp:10\.0\.0\.1:\d+$/),
      relayed: false,
    });
  });

  it("do not lead to a side that does not listen", async () => {
    const world = new World();
    const [a, b] = world.two();
    const seen: DilationStatus[] = [];
    const [one, other] = await Promise.all([
      a.dilate({ listen: false, onStatus: (status) => seen.push(status) }),
      b.dilate(),
    ]);
    expect(await say(other, one, "hello")).toBe("hello");
    expect(seen.at(-1)?.peerConnection).toMatchObject({ description: expect.stringMatching(/^->tcp:10\.0\.0\.2:/) });
  });

  it.each(["one", "other", "both"])("lead through the relay of %s if neither side can be reached", async (whose) => {
    const world = new World();
    const relays = [await startMemoryRelay(world.network, "10.0.0.9")];
    const alone = () => ({ machine: world.network.machine() });
    const [a, b] = world.two(alone(), alone());
    const seen: DilationStatus[] = [];
    const [one, other] = await Promise.all([
      a.dilate({ relays: whose === "other" ? [] : relays, onStatus: (status) => seen.push(status) }),
      b.dilate({ relays: whose === "one" ? [] : relays }),
    ]);
    expect(await say(one, other, "hello")).toBe("hello");
    expect(seen.at(-1)).toEqual({
      generation: 1,
      peerConnection: { state: "connected", description: `->relay:${relays[0]}`, relayed: true },
      hints: [`relay:${relays[0]}`],
    });
    world.network.cut();
    expect(await say(other, one, "again")).toBe("again");
  });

  // proves: api/direct-encrypted
  it("through a relay are replaced by a direct one while data flows", async () => {
    const world = new World();
    const relays = [await startMemoryRelay(world.network, "10.0.0.9")];
    let open = false;
    const walled = (address: string) => ({
      machine: behindWall(world.network.machine(address), (host) => open || host === "10.0.0.9"),
    });
    const [a, b] = world.two(walled("10.0.0.1"), walled("10.0.0.2"));
    const seen: DilationStatus[] = [];
    const [one, other] = await Promise.all([
      a.dilate({ relays, onStatus: (status) => seen.push(status) }),
      b.dilate({ relays }),
    ]);
    const [near, { value: far }] = await Promise.all([one.client.connect(), other.server.listen().next()]);
    const isDirect = () => {
      const { peerConnection } = seen.at(-1) ?? {};
      return peerConnection?.state === "connected" && !peerConnection.relayed;
    };
    expect(isDirect()).toBe(false);
    open = true;
    let sent = 0;
    const writing = (async () => {
      const writer = near.writable.getWriter();
      for (; !isDirect(); sent++) {
        await writer.write(bytes(`${sent}`));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      await writer.close();
    })();
    const got = await chunks(far.readable);
    await writing;
    expect(got).toEqual(Array.from({ length: sent }, (_, n) => `${n}`));
    // There was always a connection.
    expect(states(seen)).toEqual(["waiting 0", "connecting 1", "connected 1"]);
  });
});

describe("statuses", () => {
  it("are reported in order", async () => {
    const world = new World();
    const [a, b] = world.two();
    const seen: [DilationStatus[], DilationStatus[]] = [[], []];
    const [one, other] = await Promise.all([
      a.dilate({ onStatus: (status) => seen[0].push(status) }),
      b.dilate({ onStatus: (status) => seen[1].push(status) }),
    ]);
    world.network.cut();
    await say(one, other, "hello");
    await a.close();
    await vi.waitUntil(() => seen[1].at(-1)?.peerConnection.state === "stopped", SOON);
    for (const each of seen) {
      expect(states(each).filter((state) => !state.startsWith("reconnecting"))).toEqual([
        "waiting 0",
        "connecting 1",
        "connected 1",
        "connected 2",
        "stopped 0",
      ]);
      expect(states(each)).toContain("reconnecting 2");
      for (const [n, status] of each.entries()) expect(status).not.toEqual(each[n - 1]);
      expect(each.find(({ peerConnection: { state } }) => state === "connected")?.hints).toHaveLength(1);
    }
  });

  it("are reported to a callback that may throw", async () => {
    const [a, b] = new World().two();
    const errors = vi.fn();
    vi.stubGlobal("reportError", errors);
    onTestFinished(() => void vi.unstubAllGlobals());
    const onStatus = () => {
      throw new Error("of the application");
    };
    const [one, other] = await dilate(a, b, { onStatus });
    expect(await say(one, other, "hello")).toBe("hello");
    await Promise.all([a.close(), b.close()]);
    expect(errors).toHaveBeenCalled();
  });
});
