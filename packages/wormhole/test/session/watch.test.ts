/** How the steps of a session are recorded in a {@link Timing}. */
import { describe, expect, it } from "vitest";
import { Timing } from "../../src/index.ts";
import type { SessionEffect, SessionEvent } from "../../src/session/events.ts";
import { newSession, type Session } from "../../src/session/session.ts";
import { watch } from "../../src/session/watch.ts";

const fresh = newSession({ appId: "x", versions: {}, client: ["a", "1"] }, (length) => new Uint8Array(length));

function watched() {
  let now = 1000;
  const timing = new Timing(() => now);
  const look = watch(timing);
  const see = (event: SessionEvent, session: Session = fresh, ...effects: SessionEffect[]) => {
    look(event, effects, session);
    now += 1000;
  };
  return { timing, see };
}

describe("the timing of a session", () => {
  it.each([
    ['{"type":"message","phase":"0","body":"00"}', { type: "message", phase: "0" }],
    ['{"type":"ack"}', { type: "ack" }],
    ['{"type":7,"phase":7}', { type: "?" }],
    ["nonsense", { type: "?" }],
    [`{"type":"${"x".repeat(100)}","phase":"${"y".repeat(100)}"}`, { type: "x".repeat(20), phase: "y".repeat(20) }],
    // proves: api/timing-records
  ])("outlines %j without its content", (text, outline) => {
    const { timing, see } = watched();
    see({ do: "received", text });
    see({ do: "opened" }, fresh, { do: "transmit", text }, { do: "open" });
    const details = { ...outline, bytes: text.length };
    expect(timing.toJSON()).toEqual([
      { name: "receive", start: 1, stop: 1, details },
      { name: "send", start: 2, stop: 2, details },
    ]);
  });

  it("names the events of the application, except messages", () => {
    const { timing, see } = watched();
    see({ do: "opened" }, fresh, { do: "tell", event: { type: "dilation", message: new Uint8Array() } });
    see({ do: "opened" }, fresh, { do: "tell", event: { type: "code", code: "7-a" } });
    see({ do: "opened" }, fresh, { do: "tell", event: { type: "message", message: new Uint8Array() } });
    expect(timing.toJSON()).toEqual([{ name: "code", start: 2, stop: 2, details: {} }]);
  });

  it("has one span for each period in which a state lasts", () => {
    const { timing, see } = watched();
    const claiming: Session = { ...fresh, nameplate: { at: "claiming", nameplate: "7" } };
    for (const session of [claiming, claiming, fresh, fresh, claiming]) see({ do: "opened" }, session);
    expect(timing.toJSON()).toEqual([
      { name: "claim", start: 1, stop: 3, details: {} },
      { name: "claim", start: 5, stop: null, details: {} },
    ]);
  });

  it("ends the wait to reconnect when the wormhole has closed", () => {
    const { timing, see } = watched();
    const common = { appId: "x", side: "us", client: ["a", "1"] as [string, string], first: false, attempts: 1 };
    const waiting: Session = { ...fresh, link: { at: "waiting", ...common } };
    see({ do: "opened" }, waiting);
    see({ do: "opened" }, { ...waiting, terminator: { at: "closed" } });
    see({ do: "opened" }, { ...fresh, permission: { at: "minting" } });
    see({ do: "opened" }, { ...fresh, permission: { at: "greeting" } });
    expect(timing.toJSON().map(({ name, start, stop }) => [name, start, stop])).toEqual([
      ["wait to reconnect", 1, 2],
      ["permission", 3, 4],
      ["connect", 4, null],
    ]);
  });
});
