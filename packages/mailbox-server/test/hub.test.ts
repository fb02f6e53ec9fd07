/** What leaves the server, and when: after the commit, in order, and never more than a client takes. */
import { beforeEach, describe, expect, it } from "vitest";
import { type Connection, Hub, type Link } from "../src/hub.ts";
import { type JsonObject, MemoryStore } from "../src/index.ts";
import * as limits from "../src/limits.ts";
import { seeded } from "./random.ts";

/** A client's end that can be told to stop taking. */
class End implements Link {
  readonly heard: JsonObject[] = [];
  dropped: string | undefined;
  takes = true;
  largest = 0;

  send(texts: readonly string[]): boolean {
    this.heard.push(...texts.map((text) => JSON.parse(text) as JsonObject));
    this.largest = Math.max(this.largest, texts.join("").length);
    return this.takes;
  }
  backlog = () => 0;
  drop(reason: string): void {
    this.dropped = reason;
  }
  types = () => this.heard.map(({ type }) => type);
  phases = () => this.heard.flatMap(({ type, phase }) => (type === "message" ? [Number(phase)] : []));
}

/** A store whose commits fail when it is told so. */
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
let troubles: unknown[];
beforeEach(() => {
  store = new BreakableStore();
  troubles = [];
  hub = new Hub({
    store,
    policy: { allowList: true },
    welcome: {},
    random: seeded(1),
    now: () => 1_700_000_000,
    up: () => 0,
    onTrouble: (trouble) => troubles.push(trouble),
  });
});

/** A turn of the event loop: what the hub has put off until the commit has happened. */
const turn = () => new Promise((resolve) => setImmediate(resolve));
const say = (connection: Connection, message: JsonObject) => hub.receive(connection, JSON.stringify(message));
function connected(side: string): { end: End; connection: Connection } {
  const end = new End();
  const connection = hub.connect(end, {});
  say(connection, { type: "bind", appid: "app", side });
  return { end, connection };
}
const add = (connection: Connection, phase: number, body = "00") =>
  say(connection, { type: "add", phase: String(phase), body });

describe("nothing is shown before it is kept", () => {
  it("one commit serves all that arrives in one turn", async () => {
    const { connection, end } = connected("a");
    say(connection, { type: "open", mailbox: "m" });
    add(connection, 0);
    expect(end.heard).toEqual([]);
    expect(store.commits).toBe(0);
    await turn();
    expect(end.types()).toEqual(["welcome", "ack", "ack", "ack", "message"]);
    expect(store.commits).toBe(1);
  });

  it("when the store fails, nobody hears of it, those concerned are dropped, and it has not happened", async () => {
    const [a, b, c] = [connected("a"), connected("b"), connected("c")];
    for (const { connection } of [a, b]) say(connection, { type: "open", mailbox: "m" });
    await turn();
    store.broken = true;
    add(a.connection, 0);
    await turn();
    expect([a.end.dropped, b.end.dropped, c.end.dropped]).toEqual(["trouble", "trouble", undefined]);
    expect([a.end.phases(), b.end.phases()]).toEqual([[], []]);
    expect(String(troubles)).toBe("Error: database or disk is full");

    store.broken = false;
    const again = connected("a");
    say(again.connection, { type: "open", mailbox: "m" });
    add(again.connection, 7);
    await turn();
    expect(again.end.phases()).toEqual([7]);
  });
});

describe("a client that does not take what it is sent", () => {
  it("is shown a full mailbox in portions, each when it has taken the one before", async () => {
    const writer = connected("a");
    say(writer.connection, { type: "open", mailbox: "m" });
    for (let phase = 0; phase < 100; phase++) add(writer.connection, phase, "ab".repeat(10_000));
    await turn();

    const { end, connection } = connected("b");
    end.takes = false;
    say(connection, { type: "open", mailbox: "m" });
    await turn();
    const portion = end.phases().length;
    expect(end.largest).toBeLessThan(limits.REPLAY_PORTION + 25_000);
    await turn();
    expect(end.phases()).toHaveLength(portion);

    add(writer.connection, 100, "live");
    while (end.phases().length < 101) {
      hub.ready(connection);
      await turn();
    }
    expect(end.phases()).toEqual(Array.from({ length: 101 }, (_, phase) => phase));
    expect(end.largest).toBeLessThan(limits.REPLAY_PORTION + 25_000);
  });

  it("gets later what was left for it meanwhile, once and in order", async () => {
    const [a, b] = [connected("a"), connected("b")];
    for (const { connection } of [a, b]) say(connection, { type: "open", mailbox: "m" });
    b.end.takes = false;
    for (let phase = 0; phase < 5; phase++) {
      add(a.connection, phase);
      await turn();
    }
    expect(b.end.phases().length).toBeLessThan(5);
    b.end.takes = true;
    hub.ready(b.connection);
    await turn();
    add(a.connection, 5);
    await turn();
    expect(b.end.phases()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("is dropped when too much waits for it", async () => {
    const { end, connection } = connected("a");
    const ping = { type: "ping", ping: "x".repeat(1_000_000) };
    for (let asked = 0; asked < 8; asked++) say(connection, ping);
    expect(end.dropped).toBeUndefined();
    say(connection, ping);
    expect(end.dropped).toBe("too slow");
    await turn();
    expect(end.heard).toEqual([]);
  });
});

describe("a mailbox that is gone and comes back", () => {
  it("is shown from its beginning to whoever still reads it", async () => {
    const [first, second] = [connected("a"), connected("a")];
    for (const { connection } of [first, second]) say(connection, { type: "open", mailbox: "m" });
    second.end.takes = false;
    for (const phase of [0, 1, 2]) add(first.connection, phase);
    await turn();
    say(first.connection, { type: "close" });
    for (const phase of [3, 4]) add(second.connection, phase);
    await turn();
    hub.ready(second.connection);
    await turn();
    expect(second.end.phases()).toEqual([0, 1, 2, 3, 4]);
    expect(first.end.phases()).toEqual([0, 1, 2]);
  });
});

it("a replay and live messages interleave without gap or repetition", async () => {
  const writer = connected("a");
  say(writer.connection, { type: "open", mailbox: "m" });
  const readers = [];
  for (let phase = 0; phase < 60; phase++) {
    add(writer.connection, phase, "ab".repeat(8_000));
    if (phase % 7 === 3) await turn();
    if (phase % 20 === 10) {
      const reader = connected("b");
      say(reader.connection, { type: "open", mailbox: "m" });
      readers.push(reader);
    }
  }
  for (let turns = 0; turns < 40; turns++) await turn();
  for (const { end } of [writer, ...readers]) {
    expect(end.phases()).toEqual(Array.from({ length: 60 }, (_, phase) => phase));
  }
});
