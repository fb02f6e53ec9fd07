/** The rules, without any network: what sides may do with nameplates and mailboxes, and what follows. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ConnectionState,
  type Effect,
  type JsonObject,
  MemoryStore,
  receive,
  UNBOUND,
  type World,
} from "../src/index.ts";
import * as mailboxes from "../src/mailboxes.ts";
import * as nameplates from "../src/nameplates.ts";
import { seeded } from "./random.ts";

let store: MemoryStore;
let world: World;
beforeEach(() => {
  store = new MemoryStore();
  world = { store, policy: { allowList: true }, now: 1_700_000_000, up: 0, random: seeded(1) };
});

const claim = (name: string, side: string) => nameplates.claim(world, "app", name, side);
const enter = (id: string, side: string) => mailboxes.enter(world, "app", id, side);
const close = (id: string, side: string) => mailboxes.close(store, "app", id, side);
const add = (id: string, side: string, body = "00") =>
  mailboxes.add(world, "app", id, { side, phase: "p", body, id: null, receivedAt: 0 });
const members = (id: string) => store.mailbox("app", id)?.members.map(({ side }) => side);

describe("a third side", () => {
  it("cannot claim, and leaves no trace", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    claim("5", "b");
    expect(claim("5", "c")).toBe("crowded");
    expect(store.nameplate("app", "5")?.holders.map(({ side }) => side)).toEqual(["a", "b"]);
    expect(members(mailbox)).toEqual(["a", "b"]);
    expect([claim("5", "a"), claim("5", "b")]).toEqual([{ mailbox }, { mailbox }]);
  });

  it("cannot enter a mailbox, leave a message or close it for others", () => {
    enter("m", "a");
    enter("m", "b");
    expect(enter("m", "c")).toBe("crowded");
    expect(add("m", "c")).toEqual({ error: "crowded" });
    expect(close("m", "c")).toBe("kept");
    expect(members("m")).toEqual(["a", "b"]);
    expect(store.mailbox("app", "m")?.members.every(({ open }) => open)).toBe(true);
  });

  it("cannot come in after one of two has closed or released", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    claim("5", "b");
    nameplates.release(store, "app", "5", "a");
    close(mailbox, "a");
    expect([claim("5", "c"), enter(mailbox, "c")]).toEqual(["crowded", "crowded"]);
  });

  it("cannot get into a crowded mailbox through a nameplate with one holder", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    enter(mailbox, "x");
    expect(claim("5", "b")).toBe("crowded");
    expect(store.nameplate("app", "5")?.holders).toHaveLength(1);
  });
});

describe("the two sides of a mailbox", () => {
  it("may close, enter again and close again, in any order", () => {
    enter("m", "a");
    enter("m", "b");
    expect([close("m", "a"), close("m", "a")]).toEqual(["kept", "kept"]);
    expect(enter("m", "a")).not.toBe("crowded");
    expect([close("m", "b"), close("m", "a"), close("m", "a")]).toEqual(["kept", "gone", "kept"]);
    expect(store.mailbox("app", "m")).toBeUndefined();
  });

  it("take the messages and a nameplate still held along when the last one closes", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    claim("5", "b");
    add(mailbox, "a");
    close(mailbox, "a");
    expect(store.listNameplates("app", 10)).toEqual(["5"]);
    close(mailbox, "b");
    expect(store.listNameplates("app", 10)).toEqual([]);
    expect([...store.messages("app", mailbox, 0)]).toEqual([]);
  });

  it("leave alone a nameplate that leads to another mailbox by now", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    nameplates.release(store, "app", "5", "a");
    const { mailbox: second } = claim("5", "b") as { mailbox: string };
    close(mailbox, "a");
    expect(store.nameplate("app", "5")?.mailbox).toBe(second);
  });

  it("closing what was never opened, or is gone, means nothing", () => {
    expect(close("nowhere", "a")).toBe("kept");
    expect(store.mailbox("app", "nowhere")).toBeUndefined();
    enter("m", "a");
    close("m", "b");
    expect(members("m")).toEqual(["a"]);
  });
});

describe("a mailbox has bounds", () => {
  it("of ten thousand messages", () => {
    for (let number = 1; number <= 10_000; number++) expect(add("m", "a")).toMatchObject({ number });
    expect(add("m", "a")).toEqual({ error: "the mailbox is full: too many messages" });
    expect([...store.messages("app", "m", 0)]).toHaveLength(10_000);
  });

  it("of eight megabytes", () => {
    const body = "é".repeat(1024 * 512);
    for (let number = 1; number <= 8; number++) expect(add("m", "a", body)).toMatchObject({ number });
    expect(add("m", "a", "0")).toEqual({ error: "the mailbox is full: too many bytes" });
    expect(add("m", "a", "")).toMatchObject({ number: 9 });
  });
});

describe("allocation", () => {
  it("gives a quiet server's next user any of the nine shortest", () => {
    const seen = new Set<string | undefined>();
    for (let user = 0; user < 200; user++) {
      const name = nameplates.allocate(world, "app", "a");
      seen.add(name);
      nameplates.release(store, "app", String(name), "a");
    }
    expect(seen).toEqual(new Set(["1", "2", "3", "4", "5", "6", "7", "8", "9"]));
  });

  it("gives a side that asks again, because the answer was lost, the same", () => {
    const first = nameplates.allocate(world, "app", "a");
    expect(nameplates.allocate(world, "app", "a")).toBe(first);
    expect(nameplates.allocate(world, "app", "b")).not.toBe(first);
    nameplates.release(store, "app", String(first), "a");
    expect(store.listNameplates("app", 10)).toHaveLength(1);
  });

  it("never gives a nameplate twice, and leaves room to guess wrong at every length", { timeout: 60_000 }, () => {
    const names = Array.from({ length: 50_000 }, (_, side) =>
      String(nameplates.allocate(world, "app", `side ${side}`)),
    );
    expect(new Set(names).size).toBe(50_000);
    const ofLength = (digits: number) => names.filter((name) => name.length === digits).length;
    expect(names.every((name) => /^[1-9][0-9]{0,5}$/.test(name))).toBe(true);
    expect([1, 2, 3, 4, 5].map(ofLength)).toEqual([5, 45, 450, 900, 9000]);
  });

  it("names mailboxes as other servers do: 64 random bits in base32", () => {
    world = { ...world, random: () => Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]) };
    expect(claim("5", "a")).toEqual({ mailbox: "aaaqeayeaudao" });
    world = { ...world, random: () => new Uint8Array(8).fill(255) };
    expect(claim("6", "a")).toEqual({ mailbox: "7777777777776" });
  });
});

/** One connection, said to without a network; gives what is sent to it. */
class Talk {
  #state: ConnectionState = UNBOUND;
  effects: Effect[] = [];

  constructor(side: string) {
    this.say({ type: "bind", appid: "app", side });
  }

  say(message: JsonObject): unknown[] {
    const [state, ...effects] = receive(this.#state, JSON.stringify(message), world);
    this.#state = state;
    this.effects = effects;
    return effects.flatMap((effect) => (effect.do === "send" ? [effect.message] : []));
  }
}

const ack = { type: "ack", id: null };
const refused = (error: string, orig: JsonObject) => [ack, { type: "error", error, orig }];

describe("a connection", () => {
  it("acknowledges an add, and leaves the echo to those who are shown it once it is stored", () => {
    const a = new Talk("a");
    a.say({ type: "open", mailbox: "m" });
    expect(a.say({ type: "add", phase: "p", body: "00", id: "x1" })).toEqual([{ type: "ack", id: "x1" }]);
    expect(a.effects[1]).toMatchObject({ do: "deliver", app: "app", mailbox: "m", message: { number: 1, id: "x1" } });
  });

  it("claims once, whether or not it could", () => {
    for (const side of ["a", "b"]) new Talk(side).say({ type: "claim", nameplate: "5" });
    const c = new Talk("c");
    const first = { type: "claim", nameplate: "5" };
    const second = { type: "claim", nameplate: "6" };
    expect(c.say(first)).toEqual(refused("crowded", first));
    expect(c.say(second)).toEqual(refused("only one claim per connection", second));
    expect(c.say({ type: "release" })).toEqual([ack, { type: "released" }]);
    expect(store.nameplate("app", "5")?.holders).toHaveLength(2);
  });

  it("may close what it could not open", () => {
    for (const side of ["a", "b"]) new Talk(side).say({ type: "open", mailbox: "m" });
    const c = new Talk("c");
    const open = { type: "open", mailbox: "m" };
    expect(c.say(open)).toEqual(refused("crowded", open));
    expect(c.say({ type: "close" })).toEqual([ack, { type: "closed" }]);
    expect(members("m")).toEqual(["a", "b"]);
  });

  it("may close again what it has opened again", () => {
    const a = new Talk("a");
    for (let round = 0; round < 2; round++) {
      expect(a.say({ type: "open", mailbox: "m" })).toEqual([ack]);
      expect(a.say({ type: "close" })).toEqual([ack, { type: "closed" }]);
    }
  });

  it("finds its mailbox again when another connection of its side has closed it", () => {
    const [first, second] = [new Talk("a"), new Talk("a")];
    for (const talk of [first, second]) talk.say({ type: "open", mailbox: "m" });
    first.say({ type: "close" });
    expect(first.effects.at(-1)).toEqual({ do: "emptied", app: "app", mailbox: "m" });
    second.say({ type: "add", phase: "p", body: "00" });
    expect(second.effects[1]).toMatchObject({ do: "deliver", message: { number: 1 } });
    expect(members("m")).toEqual(["a"]);
  });

  it("hears at its first command why the server serves nobody", () => {
    world = { ...world, policy: { allowList: true, refusal: "closed for repairs" } };
    const bind = { type: "bind", appid: "app", side: "a" };
    expect(new Talk("a").say(bind)).toEqual(refused("closed for repairs", bind));
    expect(new Talk("a").say({ type: "list" })).toEqual(refused("closed for repairs", { type: "list" }));
  });

  it("is told of no nameplates where listing is not allowed", () => {
    world = { ...world, policy: { allowList: false } };
    const a = new Talk("a");
    a.say({ type: "claim", nameplate: "5" });
    expect(a.say({ type: "list" })).toEqual([ack, { type: "nameplates", nameplates: [] }]);
  });
});
