/** The TCP face where sockets have no innards that we know. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startTransitRelay, type TransitRelay } from "../src/index.ts";
import { openPair, settled } from "./clients.ts";

vi.mock("../src/accepted.ts", () => ({ readingInto: () => undefined }));

describe("a relay on a runtime whose sockets are made in another way", () => {
  let relay: TransitRelay;
  beforeEach(async () => {
    relay = await startTransitRelay({ host: "127.0.0.1", port: 0 });
  });
  afterEach(() => relay.close());

  it("carries all bytes both ways, also to a reader that is slow", async () => {
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

it("a socket that another runtime has made is left as it was", async () => {
  const { readingInto } = await vi.importActual<typeof import("../src/accepted.ts")>("../src/accepted.ts");
  const onread = { buffer: () => new Uint8Array(10), callback: () => true };
  for (const innards of [{}, { _handle: null }, { _handle: { fd: 7 } }])
    expect(readingInto(innards as never, onread)).toBeUndefined();
});
