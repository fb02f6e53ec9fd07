/** The rules without a network: what a side may do with nameplates and mailboxes. */
import { beforeEach, describe, expect, it } from "vitest";
import {
  type ClientState,
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
  it("cannot claim, and changes nothing", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    claim("5", "b");
    expect(claim("5", "c")).toBe("crowded");
    expect(store.nameplate("app", "5")?.holders.map(({ side }) => side)).toEqual(["a", "b"]);
    expect(members(mailbox)).toEqual(["a", "b"]);
    expect([claim("5", "a"), claim("5", "b")]).toEqual([{ mailbox }, { mailbox }]);
  });

  it("cannot enter a mailbox, add a message or close it for the others", () => {
    enter("m", "a");
    enter("m", "b");
    expect(enter("m", "c")).toBe("crowded");
    expect(add("m", "c")).toEqual({ error: "crowded" });
    expect(close("m", "c")).toBe("kept");
    expect(members("m")).toEqual(["a", "b"]);
    expect(store.mailbox("app", "m")?.members.every(({ open }) => open)).toBe(true);
  });

  it("cannot enter after one of the two has closed or released", () => {
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

  it("remove the messages and a nameplate that is still held when the last one closes", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    claim("5", "b");
    add(mailbox, "a");
    close(mailbox, "a");
    expect(store.listNameplates("app", 10)).toEqual(["5"]);
    close(mailbox, "b");
    expect(store.listNameplates("app", 10)).toEqual([]);
    expect([...store.messages("app", mailbox, 0)]).toEqual([]);
  });

  it("do not remove a nameplate that meanwhile leads to another mailbox", () => {
    const { mailbox } = claim("5", "a") as { mailbox: string };
    nameplates.release(store, "app", "5", "a");
    const { mailbox: second } = claim("5", "b") as { mailbox: string };
    close(mailbox, "a");
    expect(store.nameplate("app", "5")?.mailbox).toBe(second);
  });

  it("may close a mailbox that they never opened or that is removed, without effect", () => {
    expect(close("nowhere", "a")).toBe("kept");
    expect(store.mailbox("app", "nowhere")).toBeUndefined();
    enter("m", "a");
    close("m", "b");
    expect(members("m")).toEqual(["a"]);
  });
});

describe("a mailbox is limited", () => {
  it("to ten thousand messages", () => {
    for (let number = 1; number <= 10_000; number++) expect(add("m", "a")).toMatchObject({ number });
    expect(add("m", "a")).toEqual({ error: "the mailbox is full: too many messages" });
    expect([...store.messages("app", "m", 0)]).toHaveLength(10_000);
  });

  it("to eight megabytes", () => {
    const body = "é".repeat(1024 * 512);
    for (let number = 1; number <= 8; number++) expect(add("m", "a", body)).toMatchObject({ number });
    expect(add("m", "a", "0")).toEqual({ error: "the mailbox is full: too many bytes" });
    expect(add("m", "a", "")).toMatchObject({ number: 9 });
  });
});

describe("allocation", () => {
  it("chooses any of the nine shortest nameplates on a quiet server", () => {
    const seen = new Set<string | undefined>();
    for (let user = 0; user < 200; user++) {
      const name = nameplates.allocate(world, "app", "a");
      seen.add(name);
      nameplates.release(store, "app", String(name), "a");
    }
    expect(seen).toEqual(new Set(["1", "2", "3", "4", "5", "6", "7", "8", "9"]));
  });

  it("gives a side that repeats its request the same nameplate", () => {
    const first = nameplates.allocate(world, "app", "a");
    expect(nameplates.allocate(world, "app", "a")).toBe(first);
    expect(nameplates.allocate(world, "app", "b")).not.toBe(first);
    nameplates.release(store, "app", String(first), "a");
    expect(store.listNameplates("app", 10)).toHaveLength(1);
  });

  it("never gives a nameplate twice, and leaves most numbers of each length free", { timeout: 60_000 }, () => {
    const names = Array.from({ length: 50_000 }, (_, side) =>
      String(nameplates.allocate(world, "app", `side ${side}`)),
    );
    expect(new Set(names).size).toBe(50_000);
    const ofLength = (digits: number) => names.filter((name) => name.length === digits).length;
    expect(names.every((name) => /^[1-9][0-9]{0,5}$/.test(name))).toBe(true);
    expect([1, 2, 3, 4, 5].map(ofLength)).toEqual([5, 45, 450, 900, 9000]);
  });

  it("makes mailbox ids of 64 random bits in base32, as other servers do", () => {
    world = { ...world, random: () => Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]) };
    expect(claim("5", "a")).toEqual({ mailbox: "aaaqeayeaudao" });
    world = { ...world, random: () => new Uint8Array(8).fill(255) };
    expect(claim("6", "a")).toEqual({ mailbox: "7777777777776" });
  });
});

/** A client without a network. */
class TestClient {
  #state: ClientState = UNBOUND;
  effects: Effect[] = [];

  constructor(side: string) {
    this.send({ type: "bind", appid: "app", side });
  }

  /** Sends a message, and returns what the client receives. */
  send(message: JsonObject): unknown[] {
    const [state, ...effects] = receive(this.#state, JSON.stringify(message), world);
    this.#state = state;
    this.effects = effects;
    return effects.flatMap((effect) => (effect.do === "send" ? [effect.message] : []));
  }
}

const ack = { type: "ack", id: null };
const refused = (error: string, orig: JsonObject) => [ack, { type: "error", error, orig }];

describe("a client", () => {
  it("receives the ack of an add; its echo is delivered to all subscribers once it is stored", () => {
    const a = new TestClient("a");
    a.send({ type: "open", mailbox: "m" });
    expect(a.send({ type: "add", phase: "p", body: "00", id: "x1" })).toEqual([{ type: "ack", id: "x1" }]);
    expect(a.effects[1]).toMatchObject({ do: "deliver", app: "app", mailbox: "m", message: { number: 1, id: "x1" } });
  });

  it("may claim once, even if that fails", () => {
    for (const side of ["a", "b"]) new TestClient(side).send({ type: "claim", nameplate: "5" });
    const c = new TestClient("c");
    const first = { type: "claim", nameplate: "5" };
    const second = { type: "claim", nameplate: "6" };
    expect(c.send(first)).toEqual(refused("crowded", first));
    expect(c.send(second)).toEqual(refused("only one claim per connection", second));
    expect(c.send({ type: "release" })).toEqual([ack, { type: "released" }]);
    expect(store.nameplate("app", "5")?.holders).toHaveLength(2);
  });

  it("may close a mailbox that it could not open", () => {
    for (const side of ["a", "b"]) new TestClient(side).send({ type: "open", mailbox: "m" });
    const c = new TestClient("c");
    const open = { type: "open", mailbox: "m" };
    expect(c.send(open)).toEqual(refused("crowded", open));
    expect(c.send({ type: "close" })).toEqual([ack, { type: "closed" }]);
    expect(members("m")).toEqual(["a", "b"]);
  });

  it("may open and close a mailbox again", () => {
    const a = new TestClient("a");
    for (let round = 0; round < 2; round++) {
      expect(a.send({ type: "open", mailbox: "m" })).toEqual([ack]);
      expect(a.send({ type: "close" })).toEqual([ack, { type: "closed" }]);
    }
  });

  it("keeps using its mailbox when another client of its side has closed it", () => {
    const [first, second] = [new TestClient("a"), new TestClient("a")];
    for (const client of [first, second]) client.send({ type: "open", mailbox: "m" });
    first.send({ type: "close" });
    expect(first.effects.at(-1)).toEqual({ do: "emptied", app: "app", mailbox: "m" });
    second.send({ type: "add", phase: "p", body: "00" });
    expect(second.effects[1]).toMatchObject({ do: "deliver", message: { number: 1 } });
    expect(members("m")).toEqual(["a"]);
  });

  it("is refused at its first command if the server refuses every client", () => {
    world = { ...world, policy: { allowList: true, refusal: "closed for repairs" } };
    const bind = { type: "bind", appid: "app", side: "a" };
    expect(new TestClient("a").send(bind)).toEqual(refused("closed for repairs", bind));
    expect(new TestClient("a").send({ type: "list" })).toEqual(refused("closed for repairs", { type: "list" }));
  });

  it("receives an empty list where listing is not allowed", () => {
    world = { ...world, policy: { allowList: false } };
    const a = new TestClient("a");
    a.send({ type: "claim", nameplate: "5" });
    expect(a.send({ type: "list" })).toEqual([ack, { type: "nameplates", nameplates: [] }]);
  });
});
