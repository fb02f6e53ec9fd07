/** Runtimes that lack something: the library says what, instead of failing somewhere inside. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { decodeUtf8 } from "../../src/base/bytes.ts";
import { printable, TransitSender } from "../../src/index.ts";
import { openWebSocket } from "../../src/net/websocket.browser.ts";
import { connectedWormholes } from "../../src/testing.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

/** What a socket of the browser's platform reports. */
function ended(url: string): Promise<unknown> {
  return new Promise((closed) => openWebSocket(url, { opened() {}, received() {}, closed }));
}

describe("a runtime without", () => {
  it("WebSocket reports that, and does not blame the address", async () => {
    vi.stubGlobal("WebSocket", undefined);
    expect(await ended("ws://x/v1")).toEqual({ failure: "other", detail: expect.stringContaining("WebSocket") });
  });

  it("connections cannot dilate, and the error says so even if dilation was asked for", async () => {
    const platform = { network: undefined } as never;
    const { a, b } = await connectedWormholes({ dilation: true, platform });
    await expect(a.dilate()).rejects.toMatchObject({
      code: "no-dilation",
      message: expect.stringContaining("platform"),
    });
    await Promise.all([a.close(), b.close()]);
  });

  it("connections offers no hints, because it has no abilities", async () => {
    const transit = new TransitSender({ relays: ["tcp:x:1"], platform: { network: undefined } as never });
    expect([transit.getConnectionAbilities(), await transit.getConnectionHints()]).toEqual([[], []]);
  });
});

it("dilation that was switched off says so", async () => {
  const { a, b } = await connectedWormholes({ dilation: false });
  await expect(a.dilate()).rejects.toThrow("dilation: false");
  await Promise.all([a.close(), b.close()]);
});

it("an invalid address is blamed", async () => {
  vi.stubGlobal("WebSocket", function refuse() {
    throw new SyntaxError("not an address");
  });
  expect(await ended("nonsense")).toMatchObject({ failure: "bad-url" });
});

describe("UTF-8 without the option `fatal` of TextDecoder", () => {
  it.each(["", "a", "\ufeffb", "\u00e9\u{1f3b8}", "\ufffd"])("%j is decoded", (text) => {
    expect(decodeUtf8(new TextEncoder().encode(text))).toBe(text);
  });

  it.each([[[0xff]], [[0xc3]], [[0x61, 0x80]], [[0xed, 0xa0, 0x80]], [[0xc0, 0x80]], [[0xf8, 0x88, 0x80, 0x80, 0x80]]])(
    "%j is refused",
    (bytes) => {
      expect(decodeUtf8(Uint8Array.from(bytes))).toBeUndefined();
    },
  );
});

it("a transit closes at the end of its scope", async () => {
  const transit = new TransitSender();
  {
    using scoped = transit;
    scoped.setTransitKey(new Uint8Array(32));
  }
  await expect(transit.connect()).rejects.toThrow("closed on this side");
});

it.each([undefined, null, 3, {}])("printable(%j) is a TypeError", (value) => {
  expect(() => printable(value as never)).toThrow(TypeError);
});

it("connectedWormholes() gives two that have met and can be dilated", async () => {
  const { a, b } = await connectedWormholes({ versions: { x: 1 } });
  expect(await a.getVersions()).toEqual({ x: 1 });
  const [near, far] = await Promise.all([a.dilate(), b.dilate()]);
  await Promise.all([near.control.connect(), far.control.connect()]);
  await Promise.all([a.close(), b.close()]);
});
