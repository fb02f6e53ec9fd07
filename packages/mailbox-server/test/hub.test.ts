/** Messages leave after the commit, in order, and no faster than the client accepts them. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Client, Hub, type MessageSocket } from "../src/hub.ts";
import { type JsonObject, MemoryStore } from "../src/index.ts";
import * as limits from "../src/limits.ts";
import { seeded } from "./random.ts";

/** The socket of a client, which can stop accepting. */
class FakeSocket implements MessageSocket {
  readonly received: JsonObject[] = [];
  dropped: string | undefined;
  accepts = true;
  largestWrite = 0;

  send(texts: readonly string[]): boolean {
    this.received.push(...texts.map((text) => JSON.parse(text) as JsonObject));
    this.largestWrite = Math.max(this.largestWrite, texts.join("").length);
    return this.accepts;
  }
  backlog = () => 0;
  drop(reason: string): void {
    this.dropped = reason;
  }
  types = () => this.received.map(({ type }) => type);
  phases = () => this.received.flatMap(({ type, phase }) => (type === "message" ? [Number(phase)] : []));
}

/** A store whose commits can be made to fail. */
class BreakableStore extends MemoryStore {
  broken = false;
  commits = 0;
  override commit(): void {
    if (this.broken) throw new Error("database or disk is full");
    this.commits++;
    super.commit();
  }
}

let store: BreakableStore;
let hub: Hub;
let errors: unknown[];
beforeEach(() => {
  store = new BreakableStore();
  errors = [];
  hub = new Hub({
    store,
    policy: { allowList: true },
    welcome: {},
    random: seeded(1),
    now: () => 1_700_000_000,
    up: () => 0,
    onStoreError: (error) => errors.push(error),
  });
});

/** Lets the event loop turn once, after which the hub has committed. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
const send = (client: Client, message: JsonObject) => hub.receive(client, JSON.stringify(message));
function connected(side: string): { socket: FakeSocket; client: Client } {
  const socket = new FakeSocket();
  const client = hub.connect(socket, {});
  send(client, { type: "bind", appid: "app", side });
  return { socket, client };
}
const add = (client: Client, phase: number, body = "00") => send(client, { type: "add", phase: String(phase), body });

describe("messages leave only after the commit", () => {
  it("all commands of one turn share one commit", async () => {
    const { client, socket } = connected("a");
    send(client, { type: "open", mailbox: "m" });
    add(client, 0);
    expect(socket.received).toEqual([]);
    expect(store.commits).toBe(0);
    await turn();
    expect(socket.types()).toEqual(["welcome", "ack", "ack", "ack", "message"]);
    expect(store.commits).toBe(1);
  });

  it("if the store fails, nothing is sent, the clients concerned are dropped, and the changes are undone", async () => {
    const [a, b, c] = [connected("a"), connected("b"), connected("c")];
    for (const { client } of [a, b]) send(client, { type: "open", mailbox: "m" });
    await turn();
    store.broken = true;
    add(a.client, 0);
    await turn();
    expect([a, b, c].map(({ socket }) => socket.dropped)).toEqual(["store failed", "store failed", undefined]);
    expect([a.socket.phases(), b.socket.phases()]).toEqual([[], []]);
    expect(String(errors)).toBe("Error: database or disk is full");

    store.broken = false;
    const again = connected("a");
    send(again.client, { type: "open", mailbox: "m" });
    add(again.client, 7);
    await turn();
    expect(again.socket.phases()).toEqual([7]);
  });
});

describe("a client that stops reading", () => {
  it("receives a full mailbox in portions, one when it has accepted the previous one", async () => {
    const writer = connected("a");
    send(writer.client, { type: "open", mailbox: "m" });
    for (let phase = 0; phase < 100; phase++) add(writer.client, phase, "ab".repeat(10_000));
    await turn();

    const { socket, client } = connected("b");
    socket.accepts = false;
    send(client, { type: "open", mailbox: "m" });
    await turn();
    const portion = socket.phases().length;
    expect(socket.largestWrite).toBeLessThan(limits.REPLAY_PORTION_BYTES + 25_000);
    await turn();
    expect(socket.phases()).toHaveLength(portion);

    add(writer.client, 100, "live");
    while (socket.phases().length < 101) {
      hub.ready(client);
      await turn();
    }
    expect(socket.phases()).toEqual(Array.from({ length: 101 }, (_, phase) => phase));
    expect(socket.largestWrite).toBeLessThan(limits.REPLAY_PORTION_BYTES + 25_000);
  });

  it("receives later what arrived meanwhile, once and in order", async () => {
    const [a, b] = [connected("a"), connected("b")];
    for (const { client } of [a, b]) send(client, { type: "open", mailbox: "m" });
    b.socket.accepts = false;
    for (let phase = 0; phase < 5; phase++) {
      add(a.client, phase);
      await turn();
    }
    expect(b.socket.phases().length).toBeLessThan(5);
    b.socket.accepts = true;
    hub.ready(b.client);
    await turn();
    add(a.client, 5);
    await turn();
    expect(b.socket.phases()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("is dropped if too much waits for it", async () => {
    const { socket, client } = connected("a");
    const ping = { type: "ping", ping: "x".repeat(1_000_000) };
    for (let asked = 0; asked < 8; asked++) send(client, ping);
    expect(socket.dropped).toBeUndefined();
    send(client, ping);
    expect(socket.dropped).toBe("too slow");
    await turn();
    expect(socket.received).toEqual([]);
  });
});

describe("a mailbox that was removed and is made again", () => {
  it("is read from its beginning by a client that is still subscribed", async () => {
    const [first, second] = [connected("a"), connected("a")];
    for (const { client } of [first, second]) send(client, { type: "open", mailbox: "m" });
    second.socket.accepts = false;
    for (const phase of [0, 1, 2]) add(first.client, phase);
    await turn();
    send(first.client, { type: "close" });
    for (const phase of [3, 4]) add(second.client, phase);
    await turn();
    hub.ready(second.client);
    await turn();
    expect(second.socket.phases()).toEqual([0, 1, 2, 3, 4]);
    expect(first.socket.phases()).toEqual([0, 1, 2]);
  });
});

it("replayed and new messages interleave without gap or repetition", async () => {
  const writer = connected("a");
  send(writer.client, { type: "open", mailbox: "m" });
  const readers = [];
  for (let phase = 0; phase < 60; phase++) {
    add(writer.client, phase, "ab".repeat(8_000));
    if (phase % 7 === 3) await turn();
    if (phase % 20 === 10) {
      const reader = connected("b");
      send(reader.client, { type: "open", mailbox: "m" });
      readers.push(reader);
    }
  }
  for (let turns = 0; turns < 40; turns++) await turn();
  for (const { socket } of [writer, ...readers]) {
    expect(socket.phases()).toEqual(Array.from({ length: 60 }, (_, phase) => phase));
  }
});
