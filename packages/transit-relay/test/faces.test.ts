/** The behaviour of both faces on which the rest of the relay depends. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { FakeClock } from "../../internal/test/fake-clock.ts";
import type { Client } from "../src/client.ts";
import { CLOSING_MS } from "../src/limits.ts";
import { destroyWhenStuck } from "../src/port.ts";
import { listenTcp } from "../src/tcp-face.ts";
import { listenWebSocket } from "../src/websocket-face.ts";
import { open, type Transport } from "./clients.ts";

const anywhere = { host: "127.0.0.1", port: 0 };
const turn = () => new Promise(setImmediate);

/** A client of a face, and the other end of its connection. */
async function connected(transport: Transport) {
  const arrived = Promise.withResolvers<Client>();
  const listen = transport === "tcp" ? listenTcp : listenWebSocket;
  const face = await listen(anywhere, new FakeClock(), arrived.resolve);
  const peer = await open({ port: face.port, websocketUrl: `ws://127.0.0.1:${face.port}` }, transport);
  return { face, peer, client: await arrived.promise };
}

describe.each(["tcp", "ws"] as Transport[])("a client on %s", (transport) => {
  it("reads one chunk during a pause, and no second one", async () => {
    const { face, peer, client } = await connected(transport);
    client.pause();
    await peer.send("x");
    while (client.buffered === 0) await turn();
    const chunk = client.buffered;
    await peer.send(new Uint8Array(2000));
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(client.buffered).toBe(chunk);
    await face.close();
  });
});

it("a chunk that was read during a pause is delivered before the end, even after a reset", async () => {
  const arrived = Promise.withResolvers<Client>();
  const face = await listenTcp(anywhere, new FakeClock(), arrived.resolve);
  const peer = connect(face.port, "127.0.0.1");
  const client = await arrived.promise;
  const ended = Promise.withResolvers<void>();
  let received = "";
  client.receive({
    bytes: (chunk) => {
      received += Buffer.from(chunk).toString();
      client.pause();
    },
    ended: ended.resolve,
  });
  peer.write("first");
  while (received === "") await turn();
  peer.write("second");
  while (client.buffered === 0) await turn();
  peer.resetAndDestroy();
  await once(peer, "close");
  // A paused socket does not notice the reset until it writes.
  client.write(new Uint8Array(1), () => {});
  client.write(new Uint8Array(1), () => {});
  await ended.promise;
  expect(received).toBe("firstsecond");
  await face.close();
});

it("a closing socket has time while its queue shrinks", () => {
  const clock = new FakeClock();
  const socket = { writableLength: 3, closed: false, destroyed: false, once() {}, destroy() {} };
  socket.destroy = () => {
    socket.destroyed = true;
  };
  destroyWhenStuck(socket as unknown as Parameters<typeof destroyWhenStuck>[0], clock);
  for (const unsent of [2, 1, 0]) {
    socket.writableLength = unsent;
    clock.advance(CLOSING_MS);
    expect(socket.destroyed).toBe(false);
  }
  clock.advance(CLOSING_MS);
  expect(socket.destroyed).toBe(true);
});
