/** The transit relay in memory: which clients it connects, and how connections through it end. */
import { describe, expect, it } from "vitest";
import { parseRelay } from "../../src/node.ts";
import { MemoryNetwork, type MemoryRelayOptions, startMemoryRelay } from "../../src/testing.ts";

const TOKEN = "a".repeat(64);
const turn = () => new Promise(setImmediate);
const bytes = (text: string) => new TextEncoder().encode(text);
const hello = (side?: string, token = TOKEN) =>
  `please relay ${token}${side === undefined ? "" : ` for side ${side.repeat(16)}`}\n`;

async function relay(options?: MemoryRelayOptions) {
  const network = new MemoryNetwork();
  const { host, port } = parseRelay(await startMemoryRelay(network, "10.0.0.9", options));
  /** A client that says something, and notes what it receives. */
  const client = async (...texts: string[]) => {
    const connection = await network.machine().dial(host, port, { signal: new AbortController().signal });
    const notes = { text: "", ended: false };
    connection.receive({
      chunk(chunk) {
        notes.text += new TextDecoder().decode(chunk);
      },
      ended() {
        notes.ended = true;
      },
    });
    for (const text of texts) {
      connection.write(bytes(text));
      await turn();
    }
    return { connection, notes };
  };
  return { network, client, host, port };
}

describe("a relay in memory", () => {
  it("connects two sides of one token, in both directions, and ends with either", async () => {
    const { client } = await relay();
    const a = await client(hello("1"));
    expect(a.notes.text).toBe("");
    const b = await client(hello("2"));
    expect([a.notes.text, b.notes.text]).toEqual(["ok\n", "ok\n"]);
    a.connection.write(bytes("from a"));
    b.connection.write(bytes("from b"));
    await turn();
    expect([a.notes.text, b.notes.text]).toEqual(["ok\nfrom b", "ok\nfrom a"]);
    b.connection.destroy();
    await turn();
    expect(a.notes.ended).toBe(true);
  });

  it("does not connect a side with itself, nor two tokens", async () => {
    const { client } = await relay();
    const clients = [await client(hello("1")), await client(hello("1")), await client(hello("2", "b".repeat(64)))];
    expect(clients.map(({ notes }) => notes.text)).toEqual(["", "", ""]);
  });

  it("connects clients of the old handshake, which has no side", async () => {
    const { client } = await relay();
    const [a, b] = [await client(hello()), await client(hello())];
    expect([a.notes.text, b.notes.text]).toEqual(["ok\n", "ok\n"]);
  });

  it("drops the other connections of a side once one has a partner", async () => {
    const { client } = await relay();
    const [first, second] = [await client(hello("1")), await client(hello("1"))];
    const partner = await client(hello("2"));
    expect([first.notes, second.notes, partner.notes]).toEqual([
      { text: "ok\n", ended: false },
      { text: "", ended: true },
      { text: "ok\n", ended: false },
    ]);
  });

  it("forgets a client that leaves while it waits", async () => {
    const { client } = await relay();
    const gone = await client(hello("1"));
    const other = await client(hello("1"));
    for (const { connection } of [gone, other]) {
      connection.destroy();
      await turn();
    }
    expect((await client(hello("2"))).notes).toEqual({ text: "", ended: false });
  });

  it("reads a handshake that comes in pieces", async () => {
    const { client } = await relay();
    const [a, b] = [await client("please re", `lay ${TOKEN}\n`), await client(hello())];
    expect([a.notes.text, b.notes.text]).toEqual(["ok\n", "ok\n"]);
  });

  it.each([
    ["another word", ["GET / HTTP/1.1\n"]],
    ["a token that is too short", ["please relay abcd\n"]],
    ["more than a handshake", [`${hello("1")}and more`]],
    ["a line without an end", ["x".repeat(200)]],
    ["words before there is a partner", [hello("1"), "hello?"]],
  ])("refuses %s", async (_, texts) => {
    const { client } = await relay();
    const { notes } = await client(...texts);
    expect(notes).toEqual({ text: "bad handshake\n", ended: true });
    expect((await client(hello("2"))).notes.text).toBe("");
  });

  it("is no faster than the slower client", async () => {
    const { client } = await relay();
    const [a, b] = [await client(hello("1")), await client(hello("2"))];
    b.connection.pause();
    const block = new Uint8Array(256 * 1024);
    for (let blocks = 0; blocks < 4; blocks++) a.connection.write(block);
    await turn();
    let drained = false;
    void a.connection.drained().then(() => {
      drained = true;
    });
    await turn();
    expect(drained).toBe(false);
    b.connection.resume();
    await turn();
    expect([drained, b.notes.text.length]).toEqual([true, 3 + 4 * block.length]);
  });

  it("ends for the faster client if the slower one fails", async () => {
    const { network, client } = await relay();
    const [a, b] = [await client(hello("1")), await client(hello("2"))];
    b.connection.pause();
    for (let blocks = 0; blocks < 4; blocks++) a.connection.write(new Uint8Array(256 * 1024));
    await turn();
    network.cut();
    await turn();
    expect([a.notes.ended, b.notes.ended, network.connections]).toEqual([true, true, 0]);
  });

  it("listens on the port of the test's choice, and closes everything when it is stopped", async () => {
    const stop = new AbortController();
    const { network, client, host, port } = await relay({ port: 4001, signal: stop.signal });
    expect(port).toBe(4001);
    const clients = [await client(hello("1")), await client(hello("2")), await client(hello("1")), await client("pl")];
    stop.abort();
    await turn();
    expect(clients.map(({ notes }) => notes.ended)).toEqual([true, true, true, true]);
    expect(network.connections).toBe(0);
    const dialled = network.machine().dial(host, port, { signal: new AbortController().signal });
    await expect(dialled).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});
