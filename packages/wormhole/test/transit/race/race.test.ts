/** The race: when candidates start, which one wins, and how many run at once. */
import { describe, expect, it } from "vitest";
import type { TransitRole } from "../../../src/transit/keys.ts";
import * as limits from "../../../src/transit/limits.ts";
import {
  directCandidate,
  inboundCandidate,
  type OutboundCandidate,
  relayCandidate,
} from "../../../src/transit/race/candidates.ts";
import { awaitStart, type RaceEvent, type RaceState, race } from "../../../src/transit/race/race.ts";
import type { RaceEffect } from "../../../src/transit/race/race-state.ts";

const endpoint = (id: number, priority = 0) => ({ host: `host-${id}`, port: 1, priority });
const direct = (id: number, priority?: number) => directCandidate(id, endpoint(id, priority));
const relay = (id: number, priority?: number) => relayCandidate(id, endpoint(id, priority));
const inbound = (id: number): RaceEvent => ({ on: "accepted", candidate: inboundCandidate(id, `peer-${id}`) });
const hints = (...candidates: OutboundCandidate[]): RaceEvent => ({ on: "hints", candidates });
const start = (listening = false): RaceEvent => ({ on: "start", listening });
const connected = (id: number): RaceEvent => ({ on: "connected", id });
const ready = (id: number): RaceEvent => ({ on: "ready", id });
const chosen = (id: number): RaceEvent => ({ on: "chosen", id });
const proved = (id: number): RaceEvent => ({ on: "proved", id });
const doubted = (id: number): RaceEvent => ({ on: "doubted", id });
const failed = (id: number): RaceEvent => ({ on: "failed", id, reason: "refused" });
const fires = (on: Extract<RaceEffect, { do: "timer" }>["name"]): RaceEvent => ({ on });

/** A race whose effects are recorded as text: `dial 1`, `drop 2`, `win 3`, `stagger in 100`. */
class RecordedRace {
  #state: RaceState;
  #effects: string[] = [];

  constructor(role: TransitRole, relays: OutboundCandidate[] = [], proving = false) {
    this.#state = awaitStart(role, relays, proving);
  }

  /** The effects of these events, without timers. */
  after(...events: RaceEvent[]): string[] {
    return this.all(...events).filter((effect) => !effect.includes(" in "));
  }

  /** The effects of these events. */
  all(...events: RaceEvent[]): string[] {
    this.#effects = [];
    for (const event of events) {
      const step = race.step(this.#state, event);
      if (step === "unexpected") throw new Error(`${event.on} is unexpected at ${this.#state.at}`);
      const [state, ...effects] = step;
      this.#state = state;
      this.#effects.push(...effects.map(inWords));
    }
    return this.#effects;
  }

  get at(): string {
    return this.#state.at;
  }
}

function inWords(effect: RaceEffect): string {
  switch (effect.do) {
    case "dial":
      return `dial ${effect.candidate.id}`;
    case "timer":
      return `${effect.name} in ${effect.after}`;
    case "lose":
      return `lose: ${effect.failures.map(({ way, reason }) => `${way}: ${reason}`).join(", ")}`;
    case "handshake":
    case "drop":
    case "elect":
    case "win":
      return `${effect.do} ${effect.id}`;
  }
}

const times = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("the start", () => {
  it("dials the first direct candidate at once and the next one after a pause", () => {
    const race = new RecordedRace("sender");
    race.after(hints(direct(1), direct(2)));
    expect(race.all(start())).toEqual([
      `deadline in ${limits.RACE_DEADLINE_MS}`,
      `fallback in ${limits.RELAY_DELAY_MS}`,
      "dial 1",
      `stagger in ${limits.STAGGER_MS}`,
    ]);
    expect(race.after(fires("stagger"))).toEqual(["dial 2"]);
  });

  it("does not wait for the pause when a candidate fails", () => {
    const race = new RecordedRace("sender");
    expect(race.after(hints(direct(1), direct(2)), start(), failed(1))).toEqual(["dial 1", "dial 2"]);
  });

  it("dials the candidate with the higher priority first", () => {
    expect(new RecordedRace("sender").after(hints(direct(1), direct(2, 0.5)), start())).toEqual(["dial 2"]);
  });

  it("begins the handshakes of connections that were accepted early", () => {
    expect(new RecordedRace("receiver").after(inbound(1), inbound(2), start(true))).toEqual([
      "handshake 1",
      "handshake 2",
    ]);
  });

  it("accepts hints at any time, and dials each endpoint once", () => {
    const race = new RecordedRace("sender");
    expect(race.after(start(true), hints(direct(1)))).toEqual(["dial 1"]);
    const again = directCandidate(9, endpoint(1, 7));
    expect(race.after(fires("stagger"), hints(again), hints(direct(2)))).toEqual(["dial 2"]);
  });
});

describe("relays", () => {
  // proves: transit/direct-first
  it("wait while direct candidates are tried, then start first", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    expect(race.after(hints(direct(2), direct(3)), start())).toEqual(["dial 2"]);
    expect(race.after(fires("fallback"))).toEqual([]);
    expect(race.after(fires("stagger"))).toEqual(["dial 1"]);
    expect(race.after(fires("stagger"))).toEqual(["dial 3"]);
  });

  it("start at once if there is no direct candidate, as with a Go receiver", () => {
    expect(new RecordedRace("sender", [relay(1)]).after(hints(), start(true))).toEqual(["dial 1"]);
  });

  it("start at once when all direct candidates have failed", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    expect(race.after(hints(direct(2), direct(3)), start(), failed(2), failed(3))).toEqual([
      "dial 2",
      "dial 3",
      "dial 1",
    ]);
  });

  it("that are in the hints of both sides are dialled once, whatever their priority", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    const theirs = relayCandidate(2, endpoint(1, 2));
    expect(race.after(hints(theirs), start(true), fires("stagger"))).toEqual(["dial 1"]);
  });
});

describe("the sender", () => {
  // proves: transit/one-connection
  it("takes the first direct candidate that is ready, and drops all others", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    race.after(hints(direct(2), direct(3)), start(true), fires("stagger"), inbound(4));
    expect(race.after(ready(3))).toEqual(["win 3", "drop 2", "drop 4"]);
    expect(race.at).toBe("over");
    expect(race.after(ready(2), failed(4), fires("deadline"))).toEqual([]);
  });

  it("also takes an inbound connection", () => {
    expect(new RecordedRace("sender").after(start(true), inbound(1), ready(1))).toEqual(["handshake 1", "win 1"]);
  });

  it("takes a relay at once if no direct candidate is left", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    expect(race.after(hints(), start(true), ready(1))).toEqual(["dial 1", "win 1"]);
  });

  /** A race in which relay 1 is ready and direct candidate 2 is still dialling. */
  const settling = () => {
    const race = new RecordedRace("sender", [relay(1)]);
    race.after(hints(direct(2)), start(true), fires("stagger"), fires("fallback"));
    expect(race.all(ready(1))).toEqual([`settle in ${limits.SETTLE_DELAY_MS}`]);
    return race;
  };

  // proves: transit/direct-first
  it("waits a moment for a direct candidate if a relay is ready first", () => {
    expect(settling().after(fires("settle"))).toEqual(["win 1", "drop 2"]);
    expect(settling().after(ready(2))).toEqual(["win 2", "drop 1"]);
    expect(settling().after(inbound(3), ready(3))).toEqual(["handshake 3", "win 3", "drop 2", "drop 1"]);
  });

  it("stops waiting when the direct candidates have failed", () => {
    expect(settling().after(failed(2))).toEqual(["win 1"]);
  });

  it("continues when the relay is lost in that moment", () => {
    const race = settling();
    expect(race.after(failed(1))).toEqual([]);
    expect(race.at).toBe("racing");
    expect(race.after(fires("settle"), ready(2))).toEqual(["win 2"]);
  });

  it("falls back on a second relay when the first is lost", () => {
    const race = new RecordedRace("sender", [relay(1), relay(3)]);
    race.after(hints(direct(2)), start(true), fires("fallback"), fires("stagger"), fires("stagger"));
    expect(race.after(ready(1), ready(3), failed(1))).toEqual([]);
    expect(race.after(fires("settle"))).toEqual(["win 3", "drop 2"]);
  });
});

describe("the receiver", () => {
  // proves: transit/sender-decides
  it("decides nothing and waits for the sender's decision", () => {
    const race = new RecordedRace("receiver");
    race.after(hints(direct(1), direct(2)), start(true), fires("stagger"), inbound(3));
    expect(race.after(ready(1), ready(2), ready(3))).toEqual([]);
    expect(race.after(chosen(2))).toEqual(["win 2", "drop 1", "drop 3"]);
  });

  it("continues when a candidate that was ready is refused", () => {
    const race = new RecordedRace("receiver");
    race.after(hints(direct(1), direct(2)), start(), fires("stagger"), ready(1), ready(2), failed(1));
    expect(race.after(chosen(2))).toEqual(["win 2"]);
  });
});

// proves: transit/first-record-decides
describe("a receiver that waits for the first record", () => {
  const begin = (listening: boolean, ...candidates: OutboundCandidate[]) => {
    const race = new RecordedRace("receiver", [], true);
    race.after(hints(...candidates), start(listening), fires("stagger"));
    return race;
  };

  it("uses the chosen candidate, and keeps the others until the record has opened", () => {
    const race = begin(true, direct(1), direct(2), relay(3));
    expect(race.after(chosen(1))).toEqual(["elect 1"]);
    expect(race.after(fires("fallback"), fires("stagger"), inbound(4))).toEqual(["dial 3", "handshake 4"]);
    expect(race.after(chosen(2), proved(2))).toEqual(["elect 2", "win 2", "drop 1", "drop 3", "drop 4"]);
  });

  it("has no others to keep if it does not listen and tries nothing else", () => {
    expect(begin(false, direct(1)).after(chosen(1))).toEqual(["win 1"]);
  });

  it("goes on with the others if the record does not open", () => {
    const race = begin(false, direct(1), direct(2));
    expect(race.after(chosen(1), doubted(1))).toEqual(["elect 1"]);
    expect(race.after(chosen(2), proved(2))).toEqual(["elect 2", "win 2", "drop 1"]);
  });

  it("uses a doubted candidate when every other one has failed", () => {
    const race = begin(false, direct(1), direct(2));
    expect(race.after(chosen(1), doubted(1), failed(2))).toEqual(["elect 1", "win 1"]);
  });

  it("waits a moment for a connection of the sender if only a doubted one is left", () => {
    const race = begin(true, direct(1));
    expect(race.all(chosen(1), doubted(1))).toEqual(["elect 1", `second in ${limits.SECOND_CHANCE_MS}`]);
    expect(race.after(fires("second"))).toEqual(["win 1"]);
  });

  it("prefers a candidate that is still expected to prove itself at the deadline, and at a close", () => {
    for (const end of [fires("deadline"), { on: "close" } as const]) {
      const race = begin(true, direct(1), direct(2));
      race.after(chosen(1), doubted(1), chosen(2));
      expect(race.after(end)).toEqual(["win 2", "drop 1"]);
    }
  });

  it("does not drop a chosen connection for the sake of strangers", () => {
    const race = begin(true, direct(99));
    race.after(...times(limits.MAX_INBOUND).map(inbound), chosen(1));
    expect(race.after(inbound(17))).toEqual(["drop 2", "handshake 17"]);
  });
});

describe("the end", () => {
  it("comes when every candidate has failed and the peer cannot dial this side", () => {
    const race = new RecordedRace("sender", [relay(2)]);
    expect(race.after(hints(direct(1)), start(), failed(1), failed(2))).toEqual([
      "dial 1",
      "dial 2",
      "lose: host-1:1: refused, the relay host-2:1: refused",
    ]);
  });

  it("does not come before hints have arrived", () => {
    const race = new RecordedRace("sender", [relay(1)]);
    expect(race.after(start(), failed(1))).toEqual(["dial 1"]);
    expect(race.after(hints(direct(2)))).toEqual(["dial 2"]);
    expect(race.after(failed(2)).at(-1)).toMatch(/^lose: /);
  });

  it("comes later if the peer may still dial this side", () => {
    const race = new RecordedRace("sender");
    expect(race.all(hints(direct(1)), start(true), failed(1))).toContain(`alone in ${limits.ALONE_DEADLINE_MS}`);
    race.after(inbound(2));
    expect(race.after(fires("alone"))).toEqual([]);
    expect(race.all(failed(2))).toEqual([`alone in ${limits.ALONE_DEADLINE_MS}`]);
    expect(race.after(fires("alone"))).toEqual(["lose: host-1:1: refused"]);
  });

  // proves: transit/every-wait-ends
  it("comes after two minutes at the latest", () => {
    const race = new RecordedRace("receiver");
    expect(race.after(hints(direct(1)), start(true), ready(1), fires("deadline"))).toEqual([
      "dial 1",
      "drop 1",
      "lose: host-1:1: no answer",
    ]);
  });

  it("comes when the race is closed, at any time", () => {
    const waiting = new RecordedRace("sender");
    expect(waiting.after(inbound(1), { on: "close" })).toEqual(["drop 1"]);
    const racing = new RecordedRace("sender");
    expect(racing.after(hints(direct(1)), start(), { on: "close" })).toEqual(["dial 1", "drop 1"]);
    expect(racing.after(inbound(2), hints(direct(3)), { on: "close" })).toEqual(["drop 2"]);
  });
});

describe("hostile hints and strangers", () => {
  // proves: transit/attempts-capped
  it("cause at most eight attempts at once", () => {
    const race = new RecordedRace("receiver");
    race.after(hints(...times(20).map((id) => direct(id))), start());
    expect(race.after(...times(30).map(() => fires("stagger")))).toHaveLength(limits.MAX_ATTEMPTS - 1);
  });

  it("cause a slow attempt to be replaced by the next one, unless it has connected", () => {
    const race = new RecordedRace("receiver", [relay(99)]);
    race.after(hints(...times(9).map((id) => direct(id))), start());
    expect(race.all(...times(10).map(() => fires("stagger"))).at(-1)).toBe(`crowded in ${limits.CROWDED_PATIENCE_MS}`);
    race.after(fires("fallback"), connected(1));
    expect(race.after(fires("crowded"))).toEqual(["drop 2", "dial 99"]);
    expect(race.after(fires("stagger"), fires("crowded"))).toEqual(["drop 3", "dial 9"]);
    expect(race.after(fires("stagger"), fires("crowded"))).toEqual([]);
  });

  // proves: transit/attempts-capped
  it.each([
    ["direct ones", direct, limits.MAX_DIALLED_DIRECTLY],
    ["relays", relay, limits.MAX_DIALLED_RELAYS],
  ])("cause a limited number of attempts in total: %s", (_, candidate, most) => {
    const race = new RecordedRace("receiver");
    race.after(start(true), fires("fallback"));
    let dialled = 0;
    for (const id of times(200)) dialled += race.after(hints(candidate(id)), failed(id), fires("stagger")).length;
    expect(dialled).toBe(most);
    expect(limits.MAX_DIALLED_DIRECTLY + limits.MAX_DIALLED_RELAYS).toBe(50);
  });

  it("leave room for a relay, however many direct ones the peer has named before", () => {
    const race = new RecordedRace("receiver");
    race.after(start(true), hints(...times(500).map((id) => direct(id))), hints(relay(999)));
    expect(race.after(fires("fallback"), fires("stagger"))).toContain("dial 999");
  });

  // proves: transit/strangers-capped
  it("replace the oldest connection without a proof of the key if there are more than sixteen", () => {
    const race = new RecordedRace("receiver");
    race.after(start(true), ...times(limits.MAX_INBOUND).map(inbound), ready(1));
    expect(race.after(inbound(17))).toEqual(["drop 2", "handshake 17"]);
    expect(race.after(inbound(18))).toEqual(["drop 3", "handshake 18"]);
  });

  // proves: transit/strangers-capped
  it("also replace each other before the start", () => {
    const race = new RecordedRace("receiver");
    expect(race.after(...times(18).map(inbound))).toEqual(["drop 1", "drop 2"]);
  });
});
