import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { Client } from "../src/client.ts";
import { listenTcp } from "../src/tcp-face.ts";
import { FakeClock } from "./fake-clock.ts";

test("what was taken in before a reset is handed over before the end", async () => {
  const arrived = Promise.withResolvers<Client>();
  const face = await listenTcp({ host: "127.0.0.1", port: 0 }, new FakeClock(), arrived.resolve);
  const peer = connect(face.port, "127.0.0.1");
  const client = await arrived.promise;
  const ended = Promise.withResolvers<void>();
  let received = 0;
  client.receive({
    bytes: (chunk) => {
      received += chunk.length;
      client.pause();
    },
    ended: ended.resolve,
  });
  peer.write("first");
  while (received === 0) await new Promise(setImmediate);
  peer.write("second");
  while (client.buffered === 0) await new Promise(setImmediate);
  peer.resetAndDestroy();
  await once(peer, "close");
  // A paused socket does not hear of the reset until it writes.
  client.write(new Uint8Array(1), () => {});
  client.write(new Uint8Array(1), () => {});
  await ended.promise;
  expect(received).toBe("firstsecond".length);
  await face.close();
});
