/** The TCP face on a runtime whose sockets are built differently. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { openPair, settled } from "./clients.ts";

vi.mock("../src/accepted-socket.ts", () => ({ readingInto: () => undefined }));

describe("a relay that cannot choose the memory of its reads", () => {
  let relay: TransitRelay;
  beforeEach(async () => {
    relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
  });
  afterEach(() => relay.close());

  it("carries all bytes both ways, also to a slow reader", async () => {
    const [a, b] = await openPair(relay);
    const sent = new Uint8Array(8 * 1024 * 1024).map((_, index) => index * 7);
    b.pause();
    void a.send(sent);
    await b.send("meanwhile");
    await a.expect("meanwhile");
    await settled(relay);
    expect(relay.status.buffered).toBeLessThanOrEqual(256 * 1024);
    b.resume();
    await b.until(() => b.text.length === sent.length);
    expect(Buffer.compare(b.takeBytes(), sent)).toBe(0);
    a.close();
    await b.untilClosed();
  });
});

it("a socket that is built differently is left unchanged", async () => {
  const { readingInto } =
    await vi.importActual<typeof import("../src/accepted-socket.ts")>("../src/accepted-socket.ts");
  const onread = { buffer: () => new Uint8Array(10), callback: () => true };
  for (const socket of [{}, { _handle: null }, { _handle: { fd: 7 } }])
    expect(readingInto(socket as never, onread)).toBeUndefined();
});
