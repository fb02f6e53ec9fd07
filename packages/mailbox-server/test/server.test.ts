/** A real server over real sockets: what clients can count on, and what they cannot do to it. */
import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { CLOSE_DEADLINE } from "../src/limits.ts";
import { type Frame, Peer, withoutTime } from "./peer.ts";
import { database, kinds, started, temporaryFile } from "./started.ts";

const phases = (frames: Frame[]) => frames.flatMap(({ type, phase }) => (type === "message" ? [phase] : []));

/** Two sides in one mailbox, met by a nameplate. */
async function pair(url: string): Promise<{ a: Peer; b: Peer; nameplate: string; mailbox: string }> {
  const a = await Peer.bound(url, "a");
  const nameplate = await a.told({ type: "allocate" }, "nameplate");
  const mailbox = await a.told({ type: "claim", nameplate }, "mailbox");
  const b = await Peer.bound(url, "b");
  await b.ask({ type: "claim", nameplate });
  for (const peer of [a, b]) await peer.ask({ type: "open", mailbox });
  return { a, b, nameplate, mailbox };
}

describe.each(kinds)("with mailboxes in %s", (kind) => {
  it("the two sides survive a third: they claim, open and close again", async () => {
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

  it("apps may use the same mailbox id and the same nameplate, and never meet", async () => {
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

  it("both sides may close without releasing: nothing stays", async () => {
    const { url } = await started({ db: database(kind) });
    const { a, b } = await pair(url);
    expect(await a.answer({ type: "close", mood: "happy" })).toEqual({ type: "closed" });
    expect(await b.answer({ type: "close", mood: "happy" })).toEqual({ type: "closed" });
    expect(await a.answer({ type: "list" })).toEqual({ type: "nameplates", nameplates: [] });
    const late = await Peer.bound(url, "a");
    expect(await late.answer({ type: "close", mailbox: "whatever" })).toEqual({ type: "closed" });
    expect(await late.answer({ type: "release", nameplate: "7" })).toEqual({ type: "released" });
  });

  it("a message of a megabyte is too long, one a little shorter is not", async () => {
    const { url } = await started({ db: database(kind) });
    const a = await Peer.bound(url, "a");
    await a.ask({ type: "open", mailbox: "m" });
    const body = "ab".repeat(510 * 1024);
    expect((await a.ask({ type: "add", phase: "p", body })).at(-1)).toMatchObject({ phase: "p", body });
    a.say({ type: "add", phase: "q", body: "ab".repeat(512 * 1024) });
    expect(await a.closed).toBe(1009);
    const again = await Peer.bound(url, "a");
    expect(phases(await again.ask({ type: "open", mailbox: "m" }))).toEqual(["p"]);
  });

  it("a full mailbox says so, and can be read in full and closed", async () => {
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
    b.say({ type: "open", mailbox: "m" });
    await b.heard(({ phase }) => phase === "7");
    expect(phases(await b.settled())).toEqual(["0", "1", "2", "3", "4", "5", "6", "7"]);
    expect(await a.answer({ type: "close" })).toEqual({ type: "closed" });
  });

  it("the last thing said before a client vanishes is there for the other side", async () => {
    const { url } = await started({ db: database(kind) });
    const { a, mailbox } = await pair(url);
    a.say({ type: "add", phase: "last", body: "00" });
    a.websocket.close();
    const b = await Peer.bound(url, "b");
    b.say({ type: "open", mailbox });
    expect(await b.heard(({ type }) => type === "message")).toMatchObject({ phase: "last" });
  });
});

it("a server that starts again with its file still has codes that wait, and messages in their order", async () => {
  const db = temporaryFile("mailbox.sqlite");
  const first = await started({ db });
  const { a, b, nameplate, mailbox } = await pair(first.url);
  for (let phase = 0; phase < 20; phase++) a.say({ type: "add", phase: String(phase), body: "00", id: `${phase}` });
  const told = (await a.settled()).filter(({ type }) => type === "message").map(withoutTime);
  await b.settled();
  await first.close();
  expect([await a.closed, await b.closed]).toEqual([1001, 1001]);

  const { url } = await started({ db });
  const again = await Peer.bound(url, "b");
  expect(await again.answer({ type: "list" })).toEqual({ type: "nameplates", nameplates: [{ id: nameplate }] });
  expect(await again.answer({ type: "claim", nameplate })).toEqual({ type: "claimed", mailbox });
  const replayed = await again.ask({ type: "open", mailbox });
  expect(replayed.filter(({ type }) => type === "message").map(withoutTime)).toEqual(told);
  expect(phases(replayed)).toEqual(Array.from({ length: 20 }, (_, phase) => String(phase)));
});

it("a server that ends says goodbye, and waits no longer than clients need to answer", async () => {
  const server = await started();
  const peers = [await Peer.bound(server.url, "a"), await Peer.bound(server.url, "b")];
  peers[1]?.say({ type: "ping", ping: "under way" });
  const before = performance.now();
  await server.close();
  expect(performance.now() - before).toBeLessThan(CLOSE_DEADLINE * 1000);
  for (const peer of peers) expect(await peer.closed).toBe(1001);
  await server.close();
});

it("a server that ends does not wait for a client that never answers", async () => {
  const server = await started();
  const deaf = await Peer.bound(server.url, "a");
  deaf.websocket.pause();
  await server.close();
  deaf.websocket.resume();
  expect(await deaf.closed).toBe(1001);
});

describe("the welcome", () => {
  it("comes first and unasked, though the client speaks first", async () => {
    const { url } = await started({ motd: "hello", advertiseVersion: "0.24.0" });
    const a = new Peer(url);
    a.websocket.on("open", () => a.say({ type: "bind", appid: "app", side: "a", id: "1" }));
    await once(a.websocket, "open");
    expect(await a.next()).toMatchObject({
      type: "welcome",
      welcome: { motd: "hello", current_cli_version: "0.24.0" },
    });
    expect(await a.next()).toMatchObject({ type: "ack", id: "1" });
  });

  it("says where the client comes from, and believes no header unless told to", async () => {
    const forged = { "X-Real-IP": "203.0.113.5", "X-Real-Port": "4321" };
    const direct = await started();
    const a = await Peer.connect(direct.url, { headers: forged });
    const { welcome } = await a.next();
    expect(welcome).toEqual({ "your-address": { ipv4: "127.0.0.1", port: expect.any(Number) as number } });

    const proxied = await started({ trustProxy: true });
    const told = async (headers: Record<string, string>) =>
      (await (await Peer.connect(proxied.url, { headers })).next()).welcome;
    expect(await told(forged)).toEqual({ "your-address": { ipv4: "203.0.113.5", port: 4321 } });
    expect(await told({ "X-Real-IP": "::ffff:203.0.113.5" })).toEqual({ "your-address": { ipv4: "203.0.113.5" } });
    expect(await told({ "X-Real-IP": "2001:db8::5", "X-Real-Port": "x" })).toEqual({
      "your-address": { ipv6: "2001:db8::5" },
    });
    expect(await told({ "X-Real-IP": "<script>" })).toMatchObject({ "your-address": { ipv4: "127.0.0.1" } });
  });

  it("carries the error of a server that serves nobody, and so does the first answer", async () => {
    const { url } = await started({ signalError: "moved" });
    const a = await Peer.connect(url);
    expect((await a.next()).welcome).toMatchObject({ error: "moved" });
    expect(await a.answer({ type: "bind", appid: "app", side: "a" })).toMatchObject({ type: "error", error: "moved" });
  });
});

describe("what is not for WebSocket", () => {
  const fetched = async (url: string, path: string) => {
    const response = await fetch(url.replace("ws:", "http:").replace("/v1", path));
    return [response.status, await response.text()];
  };

  it("people who look in a browser are told what this is", async () => {
    const { url } = await started();
    expect(await fetched(url, "/")).toEqual([200, expect.stringContaining("mailbox server") as string]);
    expect((await fetched(url, "/v1"))[0]).toBe(426);
    expect((await fetched(url, "/etc/passwd"))[0]).toBe(404);
  });

  it("WebSockets elsewhere are refused; /v1/ and a query are as good as /v1", async () => {
    const { url } = await started();
    for (const path of ["/v1/", "/v1?x=y"]) {
      const peer = await Peer.connect(url.replace("/v1", path));
      expect(await peer.next()).toMatchObject({ type: "welcome" });
    }
    for (const path of ["/", "/v2", "/v11"]) {
      expect(await new Peer(url.replace("/v1", path)).closed).toBe(1006);
    }
  });

  it("endless headers are cut off", async () => {
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
  it("may say anything at all, and is answered each time", async () => {
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

  it("that breaks the framing is closed, and nobody else notices", async () => {
    const { url } = await started();
    const [bad, good] = [await Peer.bound(url, "a"), await Peer.bound(url, "b")];
    bad.websocket.send(Buffer.from([0xff, 0xfe]), { binary: false });
    expect(await bad.closed).toBe(1007);
    expect(await good.answer({ type: "list" })).toMatchObject({ type: "nameplates" });
  });
});
