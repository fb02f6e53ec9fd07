/** A real server over real sockets. */
import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../internal/test/fake-clock.ts";
import { CLOSE_DEADLINE_MS } from "../src/limits.ts";
import { type Frame, Peer, withoutTime } from "./peer.ts";
import { database, kinds, started, temporaryFile } from "./started.ts";

const phases = (frames: Frame[]) => frames.flatMap(({ type, phase }) => (type === "message" ? [phase] : []));

/** Two sides in one mailbox, which they have found by a nameplate. */
async function pair(url: string): Promise<{ a: Peer; b: Peer; nameplate: string; mailbox: string }> {
  const a = await Peer.bound(url, "a");
  const nameplate = await a.answerText({ type: "allocate" }, "nameplate");
  const mailbox = await a.answerText({ type: "claim", nameplate }, "mailbox");
  const b = await Peer.bound(url, "b");
  await b.ask({ type: "claim", nameplate });
  for (const peer of [a, b]) await peer.ask({ type: "open", mailbox });
  return { a, b, nameplate, mailbox };
}

describe.each(kinds)("with mailboxes in %s", (kind) => {
  it("a third side does not disturb the first two, which still claim, open and close", async () => {
    const { url } = await started({ db: database(kind) });
    const { a, b, nameplate, mailbox } = await pair(url);
    const c = await Peer.bound(url, "c");
    for (const message of [
      { type: "claim", nameplate },
      { type: "open", mailbox },
    ]) {
      expect(await c.answer(message)).toEqual({ type: "error", error: "crowded", orig: message });
    }
    expect(await c.answer({ type: "close", mailbox })).toEqual({ type: "closed" });
    for (const [side, peer] of [
      ["a", a],
      ["b", b],
    ] as const) {
      await peer.close();
      const again = await Peer.bound(url, side);
      expect(await again.answer({ type: "claim", nameplate })).toEqual({ type: "claimed", mailbox });
      expect(await again.answer({ type: "open", mailbox })).toEqual({ type: "ack", id: null });
      expect(await again.answer({ type: "close", mailbox })).toEqual({ type: "closed" });
    }
  });

  it("the same mailbox id and nameplate in two apps are separate", async () => {
    const { url } = await started({ db: database(kind) });
    const peers = [await Peer.bound(url, "a", "one"), await Peer.bound(url, "b", "two")] as const;
    const mailboxes = [];
    for (const peer of peers) {
      mailboxes.push((await peer.answer({ type: "claim", nameplate: "4" }))?.mailbox);
      await peer.ask({ type: "open", mailbox: "same" });
    }
    expect(mailboxes[0]).not.toBe(mailboxes[1]);
    expect(phases(await peers[0].ask({ type: "add", phase: "p", body: "00" }))).toEqual(["p"]);
    expect(await peers[1].settled()).toEqual([]);
    await peers[0].ask({ type: "close" });
    expect(await peers[1].answer({ type: "list" })).toEqual({ type: "nameplates", nameplates: [{ id: "4" }] });
  });

  it("if both sides close without releasing, the nameplate is removed, too", async () => {
    const { url } = await started({ db: database(kind) });
    const { a, b } = await pair(url);
    expect(await a.answer({ type: "close", mood: "happy" })).toEqual({ type: "closed" });
    expect(await b.answer({ type: "close", mood: "happy" })).toEqual({ type: "closed" });
    expect(await a.answer({ type: "list" })).toEqual({ type: "nameplates", nameplates: [] });
    const late = await Peer.bound(url, "a");
    expect(await late.answer({ type: "close", mailbox: "whatever" })).toEqual({ type: "closed" });
    expect(await late.answer({ type: "release", nameplate: "7" })).toEqual({ type: "released" });
  });

  it("a message of a megabyte is too long, a slightly shorter one is not", async () => {
    const { url } = await started({ db: database(kind) });
    const a = await Peer.bound(url, "a");
    await a.ask({ type: "open", mailbox: "m" });
    const body = "ab".repeat(510 * 1024);
    expect((await a.ask({ type: "add", phase: "p", body })).at(-1)).toMatchObject({ phase: "p", body });
    a.send({ type: "add", phase: "q", body: "ab".repeat(512 * 1024) });
    expect(await a.closed).toBe(1009);
    const again = await Peer.bound(url, "a");
    expect(phases(await again.ask({ type: "open", mailbox: "m" }))).toEqual(["p"]);
  });

  it("a full mailbox refuses messages, and can be read in full and closed", async () => {
    const { url } = await started({ db: database(kind) });
    const a = await Peer.bound(url, "a");
    await a.ask({ type: "open", mailbox: "m" });
    const body = "ab".repeat(500_000);
    for (let phase = 0; phase < 8; phase++) await a.ask({ type: "add", phase: String(phase), body });
    const full = { type: "add", phase: "9", body };
    expect(await a.answer(full)).toEqual({
      type: "error",
      error: "the mailbox is full: too many bytes",
      orig: { ...full, body: body.slice(0, 64) },
    });
    const b = await Peer.bound(url, "b");
    b.send({ type: "open", mailbox: "m" });
    await b.arrived(({ phase }) => phase === "7");
    expect(phases(await b.settled())).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect(await a.answer({ type: "close" })).toEqual({ type: "closed" });
  });

  it("the last message before a client disconnects reaches the other side", async () => {
    const { url } = await started({ db: database(kind) });
    const { a, mailbox } = await pair(url);
    a.send({ type: "add", phase: "last", body: "00" });
    a.websocket.close();
    const b = await Peer.bound(url, "b");
    b.send({ type: "open", mailbox });
    expect(await b.arrived(({ type }) => type === "message")).toMatchObject({ phase: "last" });
  });
});

it("after a restart with the same file, nameplates and messages are there in order", async () => {
  const db = temporaryFile("mailbox.sqlite");
  const first = await started({ db });
  const { a, b, nameplate, mailbox } = await pair(first.url);
  for (let phase = 0; phase < 20; phase++) a.send({ type: "add", phase: String(phase), body: "00", id: `${phase}` });
  const echoed = (await a.settled()).filter(({ type }) => type === "message").map(withoutTime);
  await b.settled();
  await first.close();
  expect([await a.closed, await b.closed]).toEqual([1001, 1001]);

  const { url } = await started({ db });
  const again = await Peer.bound(url, "b");
  expect(await again.answer({ type: "list" })).toEqual({ type: "nameplates", nameplates: [{ id: nameplate }] });
  expect(await again.answer({ type: "claim", nameplate })).toEqual({ type: "claimed", mailbox });
  const replayed = await again.ask({ type: "open", mailbox });
  expect(replayed.filter(({ type }) => type === "message").map(withoutTime)).toEqual(echoed);
  expect(phases(replayed)).toEqual(Array.from({ length: 20 }, (_, phase) => String(phase)));
});

it("close() sends close frames, and resolves as soon as all clients have answered", async () => {
  const server = await started();
  const peers = [await Peer.bound(server.url, "a"), await Peer.bound(server.url, "b")];
  peers[1]?.send({ type: "ping", ping: "under way" });
  const before = performance.now();
  await server.close();
  expect(performance.now() - before).toBeLessThan(CLOSE_DEADLINE_MS);
  for (const peer of peers) expect(await peer.closed).toBe(1001);
  await server.close();
});

it("close() cuts off a client that does not answer", async () => {
  const clock = new FakeClock();
  const server = await started({ clock });
  const silent = await Peer.bound(server.url, "a");
  silent.websocket.pause();
  const closed = server.close();
  clock.advance(CLOSE_DEADLINE_MS);
  await closed;
  silent.websocket.resume();
  expect(await silent.closed).toBe(1001);
});

describe("the welcome", () => {
  it("is sent first, even if the client sends something at once", async () => {
    const { url } = await started({ motd: "hello", advertiseVersion: "0.24.0" });
    const a = new Peer(url);
    a.websocket.on("open", () => a.send({ type: "bind", appid: "app", side: "a", id: "1" }));
    await once(a.websocket, "open");
    expect(await a.next()).toMatchObject({
      type: "welcome",
      welcome: { motd: "hello", current_cli_version: "0.24.0" },
    });
    expect(await a.next()).toMatchObject({ type: "ack", id: "1" });
  });

  it("contains the client's address, and trusts headers only with trustProxy", async () => {
    const forged = { "X-Real-IP": "203.0.113.5", "X-Real-Port": "4321" };
    const direct = await started();
    const a = await Peer.connect(direct.url, { headers: forged });
    const { welcome } = await a.next();
    expect(welcome).toEqual({ "your-address": { ipv4: "127.0.0.1", port: expect.any(Number) as number } });

    const proxied = await started({ trustProxy: true });
    const welcomeFor = async (headers: Record<string, string>) =>
      (await (await Peer.connect(proxied.url, { headers })).next()).welcome;
    expect(await welcomeFor(forged)).toEqual({ "your-address": { ipv4: "203.0.113.5", port: 4321 } });
    expect(await welcomeFor({ "X-Real-IP": "::ffff:203.0.113.5" })).toEqual({
      "your-address": { ipv4: "203.0.113.5" },
    });
    expect(await welcomeFor({ "X-Real-IP": "2001:db8::5", "X-Real-Port": "x" })).toEqual({
      "your-address": { ipv6: "2001:db8::5" },
    });
    expect(await welcomeFor({ "X-Real-IP": "<script>" })).toMatchObject({ "your-address": { ipv4: "127.0.0.1" } });
  });

  it("contains the error with which every client is refused, as does the first answer", async () => {
    const { url } = await started({ signalError: "moved" });
    const a = await Peer.connect(url);
    expect((await a.next()).welcome).toMatchObject({ error: "moved" });
    expect(await a.answer({ type: "bind", appid: "app", side: "a" })).toMatchObject({ type: "error", error: "moved" });
  });
});

describe("HTTP", () => {
  const fetched = async (url: string, path: string) => {
    const response = await fetch(url.replace("ws:", "http:").replace("/v1", path));
    return [response.status, await response.text()];
  };

  it("a browser is shown what this server is", async () => {
    const { url } = await started();
    expect(await fetched(url, "/")).toEqual([200, expect.stringContaining("mailbox server") as string]);
    expect((await fetched(url, "/v1"))[0]).toBe(426);
    expect((await fetched(url, "/etc/passwd"))[0]).toBe(404);
  });

  it("WebSockets are accepted at /v1, /v1/ and /v1?query, and refused elsewhere", async () => {
    const { url } = await started();
    for (const path of ["/v1/", "/v1?x=y"]) {
      const peer = await Peer.connect(url.replace("/v1", path));
      expect(await peer.next()).toMatchObject({ type: "welcome" });
    }
    for (const path of ["/", "/v2", "/v11"]) {
      expect(await new Peer(url.replace("/v1", path)).closed).toBe(1006);
    }
  });

  it("headers that are too long are refused", async () => {
    const { port } = await started();
    const headers = { filler: "x".repeat(10_000) };
    const status = await new Promise((resolve, reject) => {
      request({ port, headers }, (response) => resolve(response.statusCode))
        .on("error", reject)
        .end();
    });
    expect(status).toBe(431);
  });
});

describe("a faulty client", () => {
  it("is answered after each fault", async () => {
    const { url } = await started();
    const a = await Peer.connect(url);
    await a.next();
    const faults = [
      "",
      "null",
      "7",
      "[]",
      '"x"',
      "{",
      "\u0000",
      '{"type":null}',
      '{"type":{}}',
      '{"type":"bind","appid":7}',
    ];
    for (const fault of faults) {
      a.websocket.send(fault);
      const frames = await a.settled();
      expect(frames.at(-1), fault).toMatchObject({ type: "error", error: expect.any(String) as string });
      expect(frames.at(-1)).toHaveProperty("orig");
    }
    a.websocket.send(Buffer.from([0xff, 0xfe, 0x80]));
    expect(await a.settled()).toMatchObject([{ type: "error", error: "not JSON" }]);
  });

  it("that breaks the framing is disconnected, and no other client is", async () => {
    const { url } = await started();
    const [bad, good] = [await Peer.bound(url, "a"), await Peer.bound(url, "b")];
    bad.websocket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await bad.closed).toBe(1007);
    expect(await good.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });
});
