/** After `ok`, every byte arrives in order, and the relay buffers little. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { MAX_MESSAGE_BYTES } from "../src/limits.ts";
import { line, newToken, open, openPair, settled, TcpTestClient, type TestClient, type Transport } from "./clients.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const BOUND = 256 * KIB;
/** The frame headers of the four chunks that may be on their way to a WebSocket. */
const FRAMING = 4 * 10;

let relay: TransitRelay;
beforeEach(async () => {
  relay = await startTransitRelay({ host: "127.0.0.1", port: 0, websocket: { host: "127.0.0.1", port: 0 } });
});
afterEach(() => relay.close());

const transports: [Transport, Transport][] = [
  ["tcp", "tcp"],
  ["ws", "tcp"],
  ["tcp", "ws"],
  ["ws", "ws"],
];

/** Pseudo-random bytes, in which a lost or swapped chunk is visible. */
function noise(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(length / 4);
  let state = seed;
  for (let i = 0; i < words.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Sends in pieces, each when the previous one was accepted. */
async function sendAll(client: TestClient, bytes: Uint8Array, piece = 16 * KIB): Promise<void> {
  for (let at = 0; at < bytes.length; at += piece) await client.send(bytes.subarray(at, at + piece));
}

/** Reads more slowly than any sender, and notes the most that the relay buffers. */
async function readSlowly(client: TestClient, length: number): Promise<{ bytes: Uint8Array; most: number }> {
  const taken: Uint8Array[] = [];
  let [total, most] = [0, 0];
  while (total < length && !client.isClosed) {
    client.pause();
    for (let turn = 0; turn < 20; turn++) {
      most = Math.max(most, relay.status.buffered);
      await new Promise(setImmediate);
    }
    const chunk = client.takeBytes();
    taken.push(chunk);
    total += chunk.length;
    client.resume();
    if (total < length) await client.until(() => client.text.length > 0 || client.isClosed);
  }
  return { bytes: Buffer.concat(taken), most };
}

describe.each(transports)("%s to %s", (one, other) => {
  it("bytes arrive complete and in order both ways at once, and little is buffered for slow readers", async () => {
    const [a, b] = await openPair(relay, one, other);
    const [there, back] = [noise(24 * MIB, 1), noise(24 * MIB, 2)];
    const [atA, atB] = await Promise.all([
      readSlowly(a, back.length),
      readSlowly(b, there.length),
      sendAll(a, there),
      sendAll(b, back),
    ]);
    expect(sha256(atB.bytes)).toBe(sha256(there));
    expect(sha256(atA.bytes)).toBe(sha256(back));
    expect(Math.max(atA.most, atB.most)).toBeLessThanOrEqual(BOUND + FRAMING);
    // Otherwise the readers were not slow, and the test would prove nothing.
    expect(Math.max(atA.most, atB.most)).toBeGreaterThan(0);
  });

  it("all that was sent before a close arrives before the close", async () => {
    const [a, b] = await openPair(relay, one, other);
    b.pause();
    const sent = noise(8 * MIB, 3);
    const sending = sendAll(a, sent).then(() => a.halfClose());
    await settled(relay);
    b.resume();
    await b.untilClosed();
    await sending;
    expect(sha256(b.takeBytes())).toBe(sha256(sent));
  });
});

it("a handshake may arrive byte by byte", async () => {
  const [a, b] = [await TcpTestClient.open(relay), await TcpTestClient.open(relay)];
  const token = newToken();
  for (const [client, side] of [
    [a, "a"],
    [b, "b"],
  ] as const) {
    for (const byte of line(token, side)) {
      await client.send(byte);
      await new Promise(setImmediate);
    }
  }
  await Promise.all([a.expect("ok\n"), b.expect("ok\n")]);
});

it("bytes sent to a side that has closed do not cut off its own last bytes", async () => {
  const [a, b] = await openPair(relay);
  b.pause();
  const sent = noise(2 * MIB, 4);
  await sendAll(a, sent);
  a.halfClose();
  await a.untilClosed();
  await sendAll(b, noise(MIB, 5));
  await settled(relay);
  b.resume();
  await b.untilClosed();
  expect(sha256(b.takeBytes())).toBe(sha256(sent));
});

describe("a WebSocket message", () => {
  it("may be a megabyte long", async () => {
    const [a, b] = await openPair(relay, "ws", "tcp");
    const sent = noise(MAX_MESSAGE_BYTES, 6);
    await a.send(sent);
    await b.until(() => b.text.length === sent.length);
    expect(sha256(b.takeBytes())).toBe(sha256(sent));
  });

  it("of more than a megabyte ends the pair", async () => {
    const [a, b] = await openPair(relay, "ws", "tcp");
    await a.send(new Uint8Array(MAX_MESSAGE_BYTES + 1));
    await Promise.all([a.untilClosed(), b.untilClosed()]);
    expect(b.text).toBe("");
  });

  it("before ok is cut off if it is long", async () => {
    const a = await open(relay, "ws");
    await a.send(line(newToken(), "a"));
    await settled(relay);
    await a.send(new Uint8Array(MAX_MESSAGE_BYTES));
    await a.untilClosed();
    expect(a.take()).toEqual({ closed_by_relay_or_done: true, ws_code: 1006 });
  });

  it("of text ends the pair", async () => {
    const [a, b] = await openPair(relay, "ws", "ws");
    await a.send("text", "text");
    await Promise.all([a.untilClosed(), b.untilClosed()]);
    expect(a.take()).toMatchObject({ ws_code: 1006 });
    expect(b.take()).toEqual({ closed_by_relay_or_done: true, ws_code: 1000 });
  });
});

it("a browser is shown what the WebSocket port is for", async () => {
  const answer = await fetch((relay.websocketUrl ?? "").replace("ws:", "http:"));
  expect(answer.status).toBe(426);
  expect(await answer.text()).toContain("WebSocket");
});
