/** The table of the machine `order`: the key exchange before everything else. */
import { describe, expect, it } from "vitest";
import { MAX_HELD_BYTES, MAX_HELD_MESSAGES } from "../../../src/session/limits.ts";
import { to } from "../../../src/session/machines/effects.ts";
import { order, type ReceivedMessage, type State } from "../../../src/session/machines/order.ts";
import { prove } from "./prove.ts";

const body = Uint8Array.of(1);
const version: ReceivedMessage = { side: "them", phase: "version", body };
const zero: ReceivedMessage = { side: "them", phase: "0", body };
const pake: ReceivedMessage = { side: "them", phase: "pake", body };
const passOn = (message: ReceivedMessage) => to("receive", { on: "message", ...message });

// proves: session/one-answer, session/key-exchange-first
prove("order", {
  transitions: [
    [
      { at: "waiting", held: [zero] },
      { on: "message", ...pake },
      [{ at: "exchanging", held: [zero] }, to("key", { on: "pake", body })],
    ],
    [{ at: "waiting", held: [zero] }, { on: "message", ...version }, [{ at: "waiting", held: [zero, version] }]],
    // Held messages are passed on in the order in which they arrived.
    [{ at: "exchanging", held: [zero, version] }, { on: "agreed" }, [{ at: "open" }, passOn(zero), passOn(version)]],
    [{ at: "open" }, { on: "message", ...zero }, [{ at: "open" }, passOn(zero)]],
    // A second exchange is ignored: one code allows one guess.
    [{ at: "open" }, { on: "message", ...pake }, [{ at: "open" }]],
  ],
  refused: { waiting: ["agreed"] },
});

describe("a message that arrives before the key exchange", () => {
  const overwhelmed = to("outcome", { on: "overwhelmed" });
  const held = (count: number, size: number): State => ({
    at: "waiting",
    held: Array.from({ length: count }, (_, phase) => ({ ...zero, phase: String(phase), body: new Uint8Array(size) })),
  });

  // proves: session/bounded
  it("is held, up to a number of messages", () => {
    const full = held(MAX_HELD_MESSAGES, 1);
    expect(order.step(held(MAX_HELD_MESSAGES - 1, 1), { on: "message", ...zero })).toHaveLength(1);
    expect(order.step(full, { on: "message", ...zero })).toEqual([full, overwhelmed]);
  });

  it("is held, up to a number of bytes", () => {
    const full = held(1, MAX_HELD_BYTES);
    expect(order.step(held(1, MAX_HELD_BYTES - 1), { on: "message", ...zero })).toHaveLength(1);
    expect(order.step(full, { on: "message", ...zero })).toEqual([full, overwhelmed]);
  });
});
