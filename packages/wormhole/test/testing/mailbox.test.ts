/** The mailbox server in memory: its connections, and the faults that a test can cause. */
import { describe, expect, it } from "vitest";
import { createWormhole } from "../../src/index.ts";
import { MemoryMailboxServer, VirtualClock } from "../../src/testing.ts";
import { Client } from "./client.ts";

const arrived = () => new Promise(setImmediate);

/** A client that is connected and bound. */
async function bound(server: MemoryMailboxServer, side: string): Promise<Client> {
  const client = new Client(server);
  client.send({ type: "bind", appid: "app", side });
  await arrived();
  client.take();
  return client;
}

/** Two clients in one mailbox. */
async function pair(server: MemoryMailboxServer): Promise<[Client, Client]> {
  const clients: [Client, Client] = [await bound(server, "a"), await bound(server, "b")];
  for (const client of clients) {
    client.send({ type: "claim", nameplate: "1" });
    client.send({ type: "open", mailbox: "mailbox-1" });
  }
  await arrived();
  for (const client of clients) client.take();
  return clients;
}

describe("a mailbox server in memory", () => {
  it("carries a whole wormhole without sockets", async () => {
    const { openMessageSocket } = new MemoryMailboxServer();
    const options = { appId: "x", relayUrl: "ws://memory/v1", platform: { openMessageSocket } };
    const [a, b] = [createWormhole(options), createWormhole(options)];
    a.allocateCode();
    b.setCode(await a.getCode());
    a.sendMessage(Uint8Array.of(7));
    expect(await b.getMessage()).toEqual(Uint8Array.of(7));
    expect(await Promise.all([a.close(), b.close()])).toEqual(["happy", "happy"]);
  });

  it("gives its welcome to every client", async () => {
    const server = new MemoryMailboxServer();
    server.welcome = { motd: "hello" };
    const client = new Client(server);
    await arrived();
    expect(client.events).toEqual(["opened"]);
    expect(client.take()).toEqual([{ type: "welcome", welcome: { motd: "hello" } }]);
  });

  it("refuses every connection while it is down, and keeps those that exist", async () => {
    const server = new MemoryMailboxServer();
    const early = await bound(server, "a");
    server.down = true;
    const late = new Client(server);
    early.send({ type: "ping", ping: 1 });
    await arrived();
    expect(late.events).toEqual(["refused"]);
    expect(early.take()).toContainEqual({ type: "pong", pong: 1 });
    server.down = false;
    const later = new Client(server);
    await arrived();
    expect(later.events).toEqual(["opened"]);
  });

  it("keeps every command that arrived, and shows what it stores", async () => {
    const server = new MemoryMailboxServer();
    await pair(server);
    expect(server.received.map(({ type }) => type)).toEqual(["bind", "bind", "claim", "open", "claim", "open"]);
    expect([server.nameplates, server.mailboxes]).toEqual([["1"], 1]);
    expect(server.keptFor("a")).toEqual({ nameplates: ["1"], mailboxes: 1 });
    expect(server.keptFor("c")).toEqual({ nameplates: [], mailboxes: 0 });
  });

  it("keeps nothing of two sides that have released and closed", async () => {
    const server = new MemoryMailboxServer();
    const [a, b] = await pair(server);
    for (const client of [a, b]) client.send({ type: "release" });
    a.send({ type: "close" });
    await arrived();
    expect(server.keptFor("a")).toEqual({ nameplates: [], mailboxes: 0 });
    expect(server.keptFor("b")).toEqual({ nameplates: [], mailboxes: 1 });
    b.send({ type: "close" });
    await arrived();
    expect([server.nameplates, server.mailboxes]).toEqual([[], 0]);
  });

  it("sends a message of the test's choice to every client", async () => {
    const server = new MemoryMailboxServer();
    const clients = await pair(server);
    server.say({ type: "error", error: "maintenance" });
    await arrived();
    for (const client of clients) expect(client.take()).toEqual([{ type: "error", error: "maintenance" }]);
  });

  it("does nothing more for a client that has closed its connection", async () => {
    const server = new MemoryMailboxServer();
    const client = await bound(server, "a");
    client.send({ type: "allocate" });
    client.close();
    client.send({ type: "allocate" });
    client.close();
    await arrived();
    expect(client.events).toEqual(["opened", "closed"]);
    expect(server.received).toHaveLength(2);
  });
});

describe("the connections of a mailbox server in memory", () => {
  it("are all cut at once, or those of one side", async () => {
    const server = new MemoryMailboxServer();
    const [a, b] = await pair(server);
    server.drop(({ side }) => side === "a");
    expect([a.events, b.events]).toEqual([["opened", "closed"], ["opened"]]);
    server.drop();
    expect(b.events).toEqual(["opened", "closed"]);
    expect(server.nameplates).toEqual(["1"]);
  });

  it("can be dead without notice, until they are cut", async () => {
    const server = new MemoryMailboxServer();
    const [a, b] = await pair(server);
    server.silence(({ connection }) => connection === 2);
    a.send({ type: "add", phase: "0", body: "00" });
    b.send({ type: "add", phase: "0", body: "01" });
    await arrived();
    expect(a.take().filter(({ type }) => type === "message")).toHaveLength(1);
    expect([b.take(), b.events]).toEqual([[], ["opened"]]);
    server.silence();
    a.send({ type: "ping", ping: 1 });
    await arrived();
    expect(a.take()).toEqual([]);
    server.drop();
    expect([a.events, b.events]).toEqual([
      ["opened", "closed"],
      ["opened", "closed"],
    ]);
  });

  it("can be cut before they are open, and can be dead from the beginning", async () => {
    const server = new MemoryMailboxServer();
    const [cut, dead, open] = [new Client(server), new Client(server), new Client(server)];
    server.drop(({ connection }) => connection === 1);
    server.silence(({ connection }) => connection === 2);
    await arrived();
    expect([cut.events, dead.events, open.events]).toEqual([["closed"], [], ["opened"]]);
    server.drop();
    expect([dead.events, open.events]).toEqual([["closed"], ["opened", "closed"]]);
  });

  it("never open after the client has closed them", async () => {
    const clock = new VirtualClock();
    const delays = [100, 10];
    const client = new Client(new MemoryMailboxServer({ clock, delay: () => delays.shift() ?? 0 }));
    client.close();
    await clock.advance(100);
    expect(client.events).toEqual(["closed"]);
  });

  it("receive the welcome first, even if the server says something else before they are open", async () => {
    const server = new MemoryMailboxServer();
    const client = new Client(server);
    server.say({ type: "error", error: "maintenance" });
    await arrived();
    expect(client.take().map(({ type }) => type)).toEqual(["welcome"]);
  });

  it("are chosen among those that are not dead, when a test makes some of them dead", async () => {
    const server = new MemoryMailboxServer();
    await pair(server);
    server.silence(({ side }) => side === "a");
    const asked: string[] = [];
    server.silence(({ side }) => asked.push(side) > 0);
    expect(asked).toEqual(["b"]);
  });

  it("are slow if a test asks for it, and each keeps its order", async () => {
    const clock = new VirtualClock();
    const delays = { connect: 100, welcome: 10, bind: 30, ping: 1 };
    const left = Object.values(delays);
    const server = new MemoryMailboxServer({ clock, delay: () => left.shift() ?? 0 });
    const client = new Client(server);
    await clock.advance(99);
    expect(client.events).toEqual([]);
    await clock.advance(1);
    expect([client.events, client.take()]).toEqual([["opened"], []]);
    client.send({ type: "bind", appid: "app", side: "a" });
    client.send({ type: "ping", ping: 2 });
    await clock.advance(29);
    expect(client.take().map(({ type }) => type)).toEqual(["welcome"]);
    await clock.advance(1);
    expect(client.take().map(({ type }) => type)).toEqual(["ack", "ack", "pong"]);
  });

  it("take no time if there is a clock and no delay, and still wait for it", async () => {
    const clock = new VirtualClock();
    const client = new Client(new MemoryMailboxServer({ clock }));
    await arrived();
    expect(client.events).toEqual([]);
    await clock.advance(0);
    expect(client.events).toEqual(["opened"]);
  });
});

describe("a test's own server", () => {
  it("answers a command in place of the memory server, which then does not see it", async () => {
    const server = new MemoryMailboxServer();
    server.answer = ({ type }) => (type === "claim" ? [{ type: "error", error: "crowded" }] : undefined);
    const client = await bound(server, "a");
    client.send({ type: "claim", nameplate: "4" });
    client.send({ type: "list" });
    await arrived();
    expect(client.take().filter(({ type }) => type !== "ack")).toEqual([
      { type: "error", error: "crowded" },
      { type: "nameplates", nameplates: [] },
    ]);
  });

  it("sees from which connection a command comes, and to which a message goes", async () => {
    const server = new MemoryMailboxServer();
    const seen: string[] = [];
    server.answer = ({ type }, { connection, side }) => void seen.push(`${connection} ${side}: ${String(type)}`);
    server.deliver = (message, { connection, side }) => {
      seen.push(`${connection} ${side}: ${String(message.type)}`);
      return [message];
    };
    await bound(server, "a");
    await bound(server, "b");
    expect(seen).toEqual([...["1 : welcome", "1 : bind", "1 a: ack"], ...["2 : welcome", "2 : bind", "2 b: ack"]]);
  });

  it("sends what a mailbox has stored in any order", async () => {
    const server = new MemoryMailboxServer();
    const a = await bound(server, "a");
    a.send({ type: "open", mailbox: "m" });
    for (const body of ["00", "01", "02"]) a.send({ type: "add", phase: "p", body });
    server.replay = (stored) => stored.toReversed();
    const b = await bound(server, "b");
    b.send({ type: "open", mailbox: "m" });
    await arrived();
    expect(b.take().map(({ body }) => body)).toEqual([undefined, "02", "01", "00"]);
  });

  it("loses, repeats and changes messages", async () => {
    const server = new MemoryMailboxServer();
    const [a, b] = await pair(server);
    server.deliver = (message) => {
      if (message.type === "ack") return [];
      return message.type === "message" ? [message, { ...message, body: "ff" }] : [message];
    };
    a.send({ type: "add", phase: "0", body: "00" });
    await arrived();
    for (const client of [a, b]) expect(client.take().map(({ body }) => body)).toEqual(["00", "ff"]);
  });
});
