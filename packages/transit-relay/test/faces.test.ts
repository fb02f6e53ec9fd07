/** What the rest of the relay relies on, whichever face a client came in by. */
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import type { Client } from "../src/client.ts";
import { CLOSING_TIME } from "../src/limits.ts";
import { letGo } from "../src/listening.ts";
import { listenTcp } from "../src/tcp-face.ts";
import { listenWebSocket } from "../src/websocket-face.ts";
import { open, type Transport } from "./clients.ts";
import { FakeClock } from "./fake-clock.ts";

const anywhere = { host: "127.0.0.1", port: 0 };
const turn = () => new Promise(setImmediate);

/** A client that has come in by a face, and the other end of it. */
async function meet(transport: Transport) {
  const arrived = Promise.withResolvers<Client>();
  const listen = transport === "tcp" ? listenTcp : listenWebSocket;
  const face = await listen(anywhere, new FakeClock(), arrived.resolve);
  const peer = await open({ port: face.port, websocketUrl: `ws://127.0.0.1:${face.port}` }, transport);
  return { face, peer, client: await arrived.promise };
}

describe.each(["tcp", "ws"] as Transport[])("a client on %s", (transport) => {
  it("takes in one chunk while it is paused, and no second", async () => {
    const { face, peer, client } = await meet(transport);
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

it("what was taken in before a reset is handed over before the end", async () => {
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
  // A paused socket does not hear of the reset until it writes.
  client.write(new Uint8Array(1), () => {});
  client.write(new Uint8Array(1), () => {});
  await ended.promise;
  expect(received).toBe("firstsecond");
  await face.close();
});

it("a socket that is let go has time as long as its queue shrinks", () => {
  const clock = new FakeClock();
  const socket = { writableLength: 3, closed: false, destroyed: false, once() {}, destroy() {} };
  socket.destroy = () => {
    socket.destroyed = true;
  };
  letGo(socket as unknown as Parameters<typeof letGo>[0], clock);
  for (const unsent of [2, 1, 0]) {
    socket.writableLength = unsent;
    clock.advance(CLOSING_TIME);
    expect(socket.destroyed).toBe(false);
  }
  clock.advance(CLOSING_TIME);
  expect(socket.destroyed).toBe(true);
});
