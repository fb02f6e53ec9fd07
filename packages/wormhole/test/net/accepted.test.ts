/** Accepted connections whose socket cannot be moved to one with the option `onread`. */
import { describe, expect, it, vi } from "vitest";
import { connections, noise } from "../transit/loopback.ts";

vi.mock("../../src/net/accepted.node.ts", () => ({ withOnRead: () => undefined }));

describe("an accepted connection whose socket cannot be moved", () => {
  it("delivers nothing before there is a receiver, then all bytes, then the end", async () => {
    const [dialled, accepted] = await connections();
    const data = noise(1_000_000);
    dialled.write(data);
    const chunks: Uint8Array[] = [];
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ended = new Promise<void>((resolve) => {
      accepted.receive({ chunk: (bytes) => void chunks.push(bytes.slice()), ended: () => resolve() });
    });
    await dialled.end();
    await ended;
    expect(Buffer.compare(Buffer.concat(chunks), data)).toBe(0);
  });

  it("pauses and resumes", async () => {
    const [dialled, accepted] = await connections();
    let seen = 0;
    accepted.receive({
      chunk: (bytes) => {
        seen += bytes.length;
      },
      ended() {},
    });
    accepted.pause();
    dialled.write(new Uint8Array(4_000_000));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toBeLessThan(500_000);
    accepted.resume();
    await vi.waitUntil(() => seen === 4_000_000);
  });
});

describe("a socket of another runtime", () => {
  it("is left unchanged", async () => {
    const { withOnRead } = await vi.importActual<typeof import("../../src/net/accepted.node.ts")>(
      "../../src/net/accepted.node.ts",
    );
    const onread = { buffer: new Uint8Array(10), callback: () => true };
    expect(withOnRead({ _handle: null } as never, onread)).toBeUndefined();
    expect(withOnRead({} as never, onread)).toBeUndefined();
    expect(withOnRead({ _handle: { fd: 7 } } as never, onread)).toBeUndefined();
  });
});
