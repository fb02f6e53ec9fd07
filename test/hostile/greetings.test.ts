/**
 * Strangers at the ports of a transit: programs that guess the greeting, and programs that repeat the greetings of both sides to
 * each other without having the key. A new case is a row.
 */
import { connect, type Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Transit } from "../../packages/wormhole/src/transit/api.ts";
import { TransitReceiver, TransitSender } from "../../packages/wormhole/src/transit/transit.ts";
import { keys, server, text, transitKey, words } from "../../packages/wormhole/test/transit/loopback.ts";

const SIDES = { sender: TransitSender, receiver: TransitReceiver };
type Role = keyof typeof SIDES;

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const hint = (port: number) => ({ type: "direct-tcp-v1", hostname: "127.0.0.1", port, priority: 0 });

function side(role: Role, options: { listen?: boolean; relays?: string[] } = {}): Transit {
  const transit = new SIDES[role](options);
  transit.setTransitKey(transitKey);
  onTestFinished(() => transit.close());
  return transit;
}

/** Starts connecting, and returns the port. No hints of a peer have come, so this side waits. */
async function waiting(role: Role): Promise<{ transit: Transit; port: number }> {
  const transit = side(role);
  const [first] = await transit.getConnectionHints();
  transit.connect().catch(() => {});
  return { transit, port: Number(first?.port) };
}

/** A stranger's connection, with what has come over it. */
class Stranger {
  seen = "";
  isClosed = false;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.seen += bytes.toString();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
    onTestFinished(() => void socket.destroy());
  }

  static dial(port: number): Stranger {
    return new Stranger(connect({ port, host: "127.0.0.1", noDelay: true }));
  }

  async until(holds: () => boolean): Promise<void> {
    for (const end = performance.now() + 5000; !holds() && performance.now() < end; ) await pause(5);
  }

  /** Writes, and waits a moment for the effect. Returns what the far end has done so far. */
  async say(bytes: Uint8Array | string): Promise<{ seen: string; isClosed: boolean }> {
    this.socket.write(bytes);
    await pause(40);
    return { seen: this.seen, isClosed: this.isClosed };
  }
}

const other = (role: Role): Role => (role === "sender" ? "receiver" : "sender");

/** The greeting that a role waits for, with a wrong byte at this place. */
function wrongGreeting(role: Role, at: number): Uint8Array {
  const greeting = keys.handshake[other(role)].slice();
  greeting[at] = (greeting[at] ?? 0) ^ 1;
  return greeting;
}

const HEAD = "transit receiver ".length;
/** Places in the secret part: the first digits, the last ones, and the end of the line. */
const PLACES = [HEAD, HEAD + 1, HEAD + 20, HEAD + 61, HEAD + 62, HEAD + 65, HEAD + 68];

describe.each(["sender", "receiver"] as const)("a %s tells a stranger nothing", (role) => {
  // proves: transit/greeting-whole
  it.each(PLACES)("before the end of a greeting that is wrong at byte %i", async (at) => {
    const { port } = await waiting(role);
    const stranger = Stranger.dial(port);
    await stranger.until(() => stranger.seen.length > 0);
    const ours = words(keys.handshake[role]);
    const greeting = wrongGreeting(role, Math.min(at, keys.handshake[other(role)].length - 1));
    expect(await stranger.say(greeting.subarray(0, -1))).toEqual({ seen: ours, isClosed: false });
    expect(await stranger.say(greeting.subarray(-1))).toEqual({ seen: ours, isClosed: true });
  });

  it("about its digits, when the stranger is a relay", async () => {
    const strangers: Stranger[] = [];
    const port = await server((socket) => void strangers.push(new Stranger(socket)));
    const transit = side(role, { listen: false, relays: [`tcp:127.0.0.1:${port}`] });
    transit.addConnectionHints([]);
    transit.connect().catch(() => {});
    while (strangers.length === 0) await pause(10);
    const [relay] = strangers as [Stranger];
    await relay.until(() => relay.seen.startsWith("please relay"));
    const asked = relay.seen;
    const greeting = wrongGreeting(role, HEAD);
    const ours = asked + words(keys.handshake[role]);
    expect(await relay.say("ok\n")).toEqual({ seen: ours, isClosed: false });
    expect(await relay.say(greeting.subarray(0, -1))).toEqual({ seen: ours, isClosed: false });
    expect((await relay.say(greeting.subarray(-1))).isClosed).toBe(true);
  });

  // proves: transit/strangers-ignored
  it("any more after dozens of wrong greetings", async () => {
    const { port } = await waiting(role);
    let answered = 0;
    for (let n = 0; n < 40; n++) {
      const stranger = Stranger.dial(port);
      stranger.socket.write(wrongGreeting(role, HEAD + n));
      await stranger.until(() => stranger.isClosed);
      if (stranger.seen !== "") answered++;
    }
    expect(answered).toBe(32);
  });
});

it.each(["GET / HTTP/1.0\r\n\r\n", "", "transit", "\0".repeat(200)])(
  "strangers that say %j a hundred times do not keep the sender out",
  async (noise) => {
    const { transit, port } = await waiting("receiver");
    for (let n = 0; n < 100; n++) Stranger.dial(port).socket.write(noise);
    await pause(50);
    const sender = side("sender", { listen: false });
    sender.addConnectionHints([hint(port)]);
    const pipe = await sender.connect();
    await pipe.sendRecord(text("hello"));
    await pipe.close();
    transit.close();
  },
);

/** What a stranger does to the receiver after it has repeated the sender's greeting and said `go`. */
const IMPOSTORS: readonly (readonly [title: string, after: (stranger: Stranger) => void])[] = [
  ["says nothing", () => {}],
  ["hangs up", ({ socket }) => socket.end()],
  ["cuts the connection", ({ socket }) => socket.resetAndDestroy()],
  ["sends a record that does not open", ({ socket }) => void socket.write(record(100))],
  ["sends the shortest record", ({ socket }) => void socket.write(record(40))],
  ["sends an impossible length", ({ socket }) => void socket.write(Buffer.from([255, 255, 255, 255, 0, 0]))],
  ["sends a length of zero", ({ socket }) => void socket.write(Buffer.alloc(8))],
  ["sends half a record", ({ socket }) => void socket.write(record(100).subarray(0, 60))],
  ["drips a record", ({ socket }) => void setInterval(() => socket.write("\0\0\0\x64x"), 20).unref()],
];

function record(length: number): Buffer {
  const bytes = Buffer.alloc(4 + length);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** Repeats the sender's greeting to a receiver. A program that has visited the sender can do that. */
async function impose(stranger: Stranger, after: (stranger: Stranger) => void): Promise<void> {
  stranger.socket.write(keys.handshake.sender);
  await stranger.until(() => stranger.seen.length > 0);
  stranger.socket.write("go\n");
  await pause(30);
  after(stranger);
  await pause(30);
}

describe("a receiver is connected to the sender, although a stranger came first and", () => {
  // proves: transit/first-record-decides
  it.each(IMPOSTORS)("%s, at the receiver's port", async (_, after) => {
    const receiver = side("receiver");
    const [first] = await receiver.getConnectionHints();
    const port = Number(first?.port);
    const connecting = receiver.connect();
    const sender = side("sender", { listen: false });
    await impose(Stranger.dial(port), after);
    sender.addConnectionHints([hint(port)]);
    const [near, far] = await Promise.all([sender.connect(), connecting]);
    await near.sendRecord(text("from the sender"));
    expect(words(await far.receiveRecord())).toBe("from the sender");
    await far.sendRecord(text("and back"));
    expect(words(await near.receiveRecord())).toBe("and back");
    await Promise.all([near.close(), far.close()]);
  });

  it.each(IMPOSTORS)("%s, and what the receiver said first arrives, too", async (_, after) => {
    const receiver = side("receiver");
    const [first] = await receiver.getConnectionHints();
    const port = Number(first?.port);
    const connecting = receiver.connect();
    const sender = side("sender", { listen: false });
    await impose(Stranger.dial(port), () => {});
    const far = await connecting;
    await far.sendRecord(text("one"));
    await far.sendRecord(text("two"));
    const answer = far.receiveRecord();
    const stranger = Stranger.dial(port);
    await impose(stranger, after);
    sender.addConnectionHints([hint(port)]);
    const near = await sender.connect();
    expect([words(await near.receiveRecord()), words(await near.receiveRecord())]).toEqual(["one", "two"]);
    await near.sendRecord(text("heard"));
    expect(words(await answer)).toBe("heard");
    await Promise.all([near.close(), far.close()]);
  });

  it.each(IMPOSTORS)("%s, where the receiver has dialled it", async (_, after) => {
    const sender = side("sender");
    const [first] = await sender.getConnectionHints();
    const trap = await server((socket) => void impose(new Stranger(socket), after));
    const receiver = side("receiver", { listen: false });
    receiver.addConnectionHints([hint(trap), hint(Number(first?.port))]);
    const far = await receiver.connect();
    const near = await sender.connect();
    await near.sendRecord(text("from the sender"));
    expect(words(await far.receiveRecord())).toBe("from the sender");
    await Promise.all([near.close(), far.close()]);
  });
});

describe("where there is only a stranger", () => {
  it.each(IMPOSTORS.filter(([title]) => /does not open|impossible|zero|hangs up|cuts/.test(title)))(
    "that %s, the receiver fails soon",
    async (_, after) => {
      const trap = await server((socket) => void impose(new Stranger(socket), after));
      const receiver = side("receiver", { listen: false });
      receiver.addConnectionHints([hint(trap)]);
      const pipe = await receiver.connect();
      await expect(pipe.receiveRecord()).rejects.toThrow(/corrupted|lost|closed/);
    },
  );
});

// proves: transit/one-pipe-per-key
describe("a transit key", () => {
  async function converse(key: Uint8Array): Promise<void> {
    const [sender, receiver] = [new TransitSender(), new TransitReceiver()];
    for (const end of [sender, receiver]) end.setTransitKey(key);
    sender.addConnectionHints(await receiver.getConnectionHints());
    const both = await Promise.allSettled([sender.connect(), receiver.connect()]);
    for (const end of [sender, receiver]) end.close();
    for (const result of both) {
      if (result.status === "rejected") throw result.reason;
      await result.value.close();
    }
  }

  it("makes one connection in each role, and is refused for a second", async () => {
    await converse(transitKey);
    await expect(converse(transitKey)).rejects.toMatchObject({ code: "no-key" });
    await converse(crypto.getRandomValues(new Uint8Array(32)));
  });

  it("is refused before a port is used or a peer is told", async () => {
    await converse(transitKey);
    const again = side("sender", { listen: false });
    again.addConnectionHints([hint(1)]);
    await expect(again.connect()).rejects.toThrow("Derive a new key for each connection");
  });

  it("makes no second pipe by two connections at once", async () => {
    const trap = await server((socket) => {
      socket.write(keys.handshake.sender);
      socket.write("go\n");
    });
    const twice = [side("receiver", { listen: false }), side("receiver", { listen: false })];
    for (const receiver of twice) receiver.addConnectionHints([hint(trap)]);
    const results = await Promise.allSettled(twice.map((receiver) => receiver.connect()));
    expect(results.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    for (const result of results) if (result.status === "fulfilled") result.value.destroy();
  });
});
