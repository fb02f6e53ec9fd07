/** Deadlines and bounds, under a fake clock. */
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeClock } from "../../internal/test/fake-clock.ts";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { CLOSING_MS, HANDSHAKE_MS, IDLE_MS, MAX_WAITING_PER_SIDE, WAITING_MS } from "../src/limits.ts";
import { line, newToken, open, openPair, settled, TcpTestClient, type TestClient, type Transport } from "./clients.ts";

const anywhere = { host: "127.0.0.1", port: 0 };

let clock: FakeClock;
let relay: TransitRelay;
beforeEach(async () => {
  clock = new FakeClock();
  relay = await startTransitRelay({ ...anywhere, websocket: anywhere, clock });
});
afterEach(() => relay.close());

describe.each(["tcp", "ws"] as Transport[])("a client on %s", (transport) => {
  it("that sends nothing is closed after ten seconds", async () => {
    const client = await open(relay, transport);
    await settled(relay);
    clock.advance(HANDSHAKE_MS - 1);
    await settled(relay);
    expect(client.isClosed).toBe(false);
    clock.advance(1);
    await client.untilClosed();
    expect(client.text).toBe("");
  });

  it("without a partner is closed after five minutes", async () => {
    const client = await open(relay, transport);
    await client.send(line(newToken(), "a"));
    await settled(relay);
    clock.advance(WAITING_MS - 1);
    await settled(relay);
    expect(client.isClosed).toBe(false);
    clock.advance(1);
    await client.untilClosed();
    expect(client.text).toBe("");
  });

  it("and its partner are closed if neither sends a byte for a quarter of an hour", async () => {
    const [a, b] = await openPair(relay, transport, "tcp");
    clock.advance(IDLE_MS - 1);
    await b.send("still here");
    await a.expect("still here");
    clock.advance(IDLE_MS - 1);
    await settled(relay);
    expect([a.isClosed, b.isClosed]).toEqual([false, false]);
    clock.advance(1);
    await Promise.all([a.untilClosed(), b.untilClosed()]);
  });
});

it("an incomplete handshake does not extend the deadline", async () => {
  const client = await TcpTestClient.open(relay);
  await client.send("please");
  await settled(relay);
  clock.advance(HANDSHAKE_MS - 1);
  await client.send(" relay");
  await settled(relay);
  clock.advance(1);
  await client.untilClosed();
});

it("the time to wait for a partner is an option", async () => {
  await using patient = await startTransitRelay({ ...anywhere, clock, waitingTime: 2 * WAITING_MS });
  const client = await TcpTestClient.open(patient);
  await client.send(line(newToken(), "a"));
  await settled(patient);
  clock.advance(WAITING_MS);
  await settled(patient);
  expect(client.isClosed).toBe(false);
  clock.advance(WAITING_MS);
  await client.untilClosed();
});

it("one side has at most four connections waiting", async () => {
  const token = newToken();
  const clients: TcpTestClient[] = [];
  for (let i = 0; i <= MAX_WAITING_PER_SIDE; i++) {
    const client = await TcpTestClient.open(relay);
    await client.send(line(token, "a"));
    await settled(relay);
    clients.push(client);
  }
  expect(clients.map((client) => client.isClosed)).toEqual([true, false, false, false, false]);
});

describe.each(["tcp", "ws"] as Transport[])("a slow client on %s", (transport) => {
  it("receives all its last bytes, while it accepts some", async () => {
    const [a, b] = await openPair(relay, "tcp", transport);
    const sent = await overfill(a, b);
    // The deadline of the WebSocket library must not end it.
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    a.close();
    await settled(relay);
    vi.advanceTimersByTime(10 * CLOSING_MS);
    vi.useRealTimers();
    await settled(relay);
    b.resume();
    await b.untilClosed();
    expect(b.text.length).toBe(sent);
    expect(b.take()).toMatchObject(transport === "ws" ? { ws_code: 1000 } : {});
  });

  it("is dropped if it accepts none", async () => {
    const [a, b] = await openPair(relay, "tcp", transport);
    const sent = await overfill(a, b);
    a.close();
    await settled(relay);
    clock.advance(CLOSING_MS);
    await settled(relay);
    b.resume();
    await b.untilClosed();
    expect(b.text.length).toBeLessThan(sent);
  });

  it("is closed together with its partner if nothing moves any more", async () => {
    const [a, b] = await openPair(relay, transport, "tcp");
    await overfill(a, b);
    void a.send("read during the pause");
    await settled(relay);
    clock.advance(IDLE_MS);
    // Both sockets are closing. The one that reads closes at once; the other has until its deadline.
    expect(clock.pending).toBe(2);
    while (clock.pending > 1) await new Promise(setImmediate);
  });

  it("ends its fast partner when it closes", async () => {
    const [a, b] = await openPair(relay, transport, "tcp");
    await overfill(a, b);
    b.close();
    await a.untilClosed();
    expect(a.take()).toMatchObject(transport === "ws" ? { ws_code: 1000 } : {});
  });
});

/**
 * Sends to a client that does not read, until the buffers of the operating system are full and the relay has some, too.
 */
async function overfill(from: TestClient, to: TestClient): Promise<number> {
  to.pause();
  let sent = 0;
  while (relay.status.buffered === 0) {
    void from.send(new Uint8Array(65_536));
    sent += 65_536;
    await settled(relay);
  }
  return sent;
}

it("no timer is left when all clients have gone", async () => {
  const [closing] = await openPair(relay, "tcp", "ws");
  const [leaving] = await openPair(relay, "ws", "tcp");
  const failing = await TcpTestClient.open(relay);
  await failing.send(line(newToken(), "a"));
  await settled(relay);
  closing.close();
  leaving.close();
  failing.socket.resetAndDestroy();
  while (clock.pending > 0) await new Promise(setImmediate);
  expect(relay.status).toEqual({ waiting: 0, pairs: 0, buffered: 0 });
});

it("close() drops all clients and frees the ports", async () => {
  const [a, b] = await openPair(relay, "ws", "tcp");
  const waiting = await TcpTestClient.open(relay);
  await relay.close();
  await Promise.all([a, b, waiting].map((client) => client.untilClosed()));
  const refused = new Promise((resolve) => connect(relay.port, "127.0.0.1").on("error", resolve));
  expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
});
