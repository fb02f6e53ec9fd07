/** Hashcash stamps: their form, the search for them, and its slices. */
import { createHash } from "node:crypto";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { describe, expect, it } from "vitest";
import { mintStamp, stampPrefix } from "../../src/crypto/hashcash.ts";
import { type Clock, systemClock } from "../../src/net/clock.ts";
import { VirtualClock } from "../../src/testing.ts";
import { vectors } from "../vectors.ts";

function zeroBits(stamp: string): number {
  const bits = [...createHash("sha1").update(stamp).digest()].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return bits.indexOf("1");
}

function minted(prefix: string, bits: number, clock: Clock = systemClock): Promise<string> {
  return new Promise((resolve) => void mintStamp(prefix, bits, clock, resolve));
}

describe("stamps", () => {
  const { stamps } = vectors<{ stamps: { stamp: string; leading_zero_bits: number; bits_claimed: number }[] }>(
    "hashcash",
  );

  it.each(stamps)("of other programs have the bits that they claim: $stamp", (recorded) => {
    expect(zeroBits(recorded.stamp)).toBe(recorded.leading_zero_bits);
    expect(recorded.leading_zero_bits).toBeGreaterThanOrEqual(recorded.bits_claimed);
  });

  it("have the fields of the protocol document's example, in its order", () => {
    const [example] = stamps;
    const [, bits, date = "", resource = "", , salt = ""] = example?.stamp.split(":") ?? [];
    const prefix = stampPrefix(Number(bits), date, resource, salt);
    expect(example?.stamp.startsWith(prefix)).toBe(true);
    expect(example?.stamp.slice(prefix.length)).not.toContain(":");
  });

  it.each([0, 1, 7, 8, 13])("of %i bits are found, whatever their length", async (bits) => {
    for (let salt = 0; salt < 140; salt += 9) {
      const prefix = stampPrefix(bits, "260801", "resource-string", "s".repeat(salt));
      const stamp = await minted(prefix, bits);
      expect(stamp.slice(0, prefix.length)).toBe(prefix);
      expect(stamp.slice(prefix.length)).toMatch(/^[0-9a-f]{12}$/);
      expect(zeroBits(stamp)).toBeGreaterThanOrEqual(bits);
    }
  });

  it("are the first that fit: the same prefix gives the same stamp", async () => {
    const prefix = stampPrefix(12, "260801", "resource-string", "salt");
    const counter = Number.parseInt((await minted(prefix, 12)).slice(prefix.length), 16);
    for (let earlier = 0; earlier < counter; earlier++) {
      expect(zeroBits(prefix + earlier.toString(16).padStart(12, "0"))).toBeLessThan(12);
    }
  });

  it("are minted without blocking the event loop", async () => {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const stamp = await minted(stampPrefix(18, "260801", "x", "salt"), 18);
    delay.disable();
    expect(zeroBits(stamp)).toBeGreaterThanOrEqual(18);
    expect(delay.percentile(50) / 1e6).toBeLessThan(50);
  });
});

describe("the work on a stamp", () => {
  it("does not begin before a timer of the clock fires", async () => {
    const clock = new VirtualClock();
    const stamps: string[] = [];
    mintStamp("x", 1, clock, (stamp) => stamps.push(stamp));
    expect(stamps).toEqual([]);
    await clock.advance(0);
    expect(stamps).toHaveLength(1);
  });

  it("takes many timers of the clock, each for about 15 ms, and ends when it is cancelled", () => {
    const turns: (() => void)[] = [];
    const cancelled: number[] = [];
    const clock: Clock = {
      now: () => 0,
      after(milliseconds, fire) {
        expect(milliseconds).toBe(0);
        const turn = turns.push(fire);
        return { cancel: () => void cancelled.push(turn) };
      },
    };
    const work = mintStamp("x", 32, clock, () => expect.unreachable("4 billion hashes take more than an hour"));
    for (let turn = 0; turn < 3; turn++) {
      expect(turns).toHaveLength(turn + 1);
      const start = performance.now();
      turns[turn]?.();
      expect(performance.now() - start).toBeGreaterThanOrEqual(15);
    }
    work.cancel();
    expect(cancelled).toEqual([4]);
  });
});
