import { describe, expect, it } from "vitest";
import type { Role } from "../../../src/transit/keys.ts";
import * as limits from "../../../src/transit/limits.ts";
import type { Dialled } from "../../../src/transit/race/candidates.ts";
import { awaitStart, type RaceEvent, type RaceState, race } from "../../../src/transit/race/race.ts";
import type { RaceEffect } from "../../../src/transit/race/race-state.ts";

const way =
  (kind: Dialled["kind"]) =>
  (id: number, priority = 0): Dialled => {
    return { id, kind, endpoint: { host: `host-${id}`, port: 1, priority } };
  };
const direct = way("direct");
const relay = way("relay");
const inbound = (id: number): RaceEvent => ({ on: "accepted", candidate: { id, kind: "inbound", from: `peer-${id}` } });
const hints = (...candidates: Dialled[]): RaceEvent => ({ on: "hints", candidates });
const start = (listening = false): RaceEvent => ({ on: "start", listening });
const connected = (id: number): RaceEvent => ({ on: "connected", id });
const ready = (id: number): RaceEvent => ({ on: "ready", id });
const chosen = (id: number): RaceEvent => ({ on: "chosen", id });
const failed = (id: number): RaceEvent => ({ on: "failed", id, reason: "refused" });
const fires = (on: Extract<RaceEffect, { do: "timer" }>["name"]): RaceEvent => ({ on });

/** A race and everything it asked for: `dial 1`, `drop 2`, `win 3`, `stagger in 100`. */
class Watched {
  #state: RaceState;
  #asked: string[] = [];

  constructor(role: Role, relays: Dialled[] = []) {
    this.#state = awaitStart(role, relays);
  }

  /** What the events lead to, timers aside. */
  after(...events: RaceEvent[]): string[] {
    return this.all(...events).filter((asked) => !asked.includes(" in "));
  }

  all(...events: RaceEvent[]): string[] {
    this.#asked = [];
    for (const event of events) {
      const step = race.step(this.#state, event);
      if (step === "unexpected") throw new Error(`${event.on} is unexpected at ${this.#state.at}`);
      const [state, ...effects] = step;
      this.#state = state;
      this.#asked.push(...effects.map(inWords));
    }
    return this.#asked;
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
      return `lose: ${effect.failures.join(", ")}`;
    case "talk":
    case "drop":
    case "win":
      return `${effect.do} ${effect.id}`;
  }
}

const times = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

describe("the start", () => {
  it("dials the first direct way at once and the next after a pause", () => {
    const race = new Watched("sender");
    race.after(hints(direct(1), direct(2)));
    expect(race.all(start())).toEqual([
      `late in ${limits.RACE_DEADLINE}`,
      `relays in ${limits.RELAY_DELAY}`,
      "dial 1",
      `stagger in ${limits.STAGGER}`,
    ]);
    expect(race.after(fires("stagger"))).toEqual(["dial 2"]);
  });

  it("does not wait for the pause when a way fails", () => {
    const race = new Watched("sender");
    expect(race.after(hints(direct(1), direct(2)), start(), failed(1))).toEqual(["dial 1", "dial 2"]);
  });

  it("takes the way with the higher priority first", () => {
    expect(new Watched("sender").after(hints(direct(1), direct(2, 0.5)), start())).toEqual(["dial 2"]);
  });

  it("makes those talk who came early", () => {
    expect(new Watched("receiver").after(inbound(1), inbound(2), start(true))).toEqual(["talk 1", "talk 2"]);
  });

  it("takes hints at any time, and each endpoint once", () => {
    const race = new Watched("sender");
    expect(race.after(start(true), hints(direct(1)))).toEqual(["dial 1"]);
    const again = { ...direct(9), endpoint: { ...direct(1).endpoint, priority: 7 } };
    expect(race.after(fires("stagger"), hints(again), hints(direct(2)))).toEqual(["dial 2"]);
  });
});

describe("relays", () => {
  it("wait while direct ways are tried, then go first", () => {
    const race = new Watched("sender", [relay(1)]);
    expect(race.after(hints(direct(2), direct(3)), start())).toEqual(["dial 2"]);
    expect(race.after(fires("relays"))).toEqual([]);
    expect(race.after(fires("stagger"))).toEqual(["dial 1"]);
    expect(race.after(fires("stagger"))).toEqual(["dial 3"]);
  });

  it("go at once where there is no direct way, as with Go's receivers", () => {
    expect(new Watched("sender", [relay(1)]).after(hints(), start(true))).toEqual(["dial 1"]);
  });

  it("go at once when all direct ways have failed", () => {
    const race = new Watched("sender", [relay(1)]);
    expect(race.after(hints(direct(2), direct(3)), start(), failed(2), failed(3))).toEqual([
      "dial 2",
      "dial 3",
      "dial 1",
    ]);
  });

  it("are one relay, whoever names it and with whatever priority", () => {
    const race = new Watched("sender", [relay(1)]);
    const theirs = { ...relay(2), endpoint: { ...relay(1).endpoint, priority: 2 } };
    expect(race.after(hints(theirs), start(true), fires("stagger"))).toEqual(["dial 1"]);
  });
});

describe("the sender", () => {
  it("takes the first direct way that is ready, and drops all others", () => {
    const race = new Watched("sender", [relay(1)]);
    race.after(hints(direct(2), direct(3)), start(true), fires("stagger"), inbound(4));
    expect(race.after(ready(3))).toEqual(["win 3", "drop 2", "drop 4"]);
    expect(race.at).toBe("over");
    expect(race.after(ready(2), failed(4), fires("late"))).toEqual([]);
  });

  it("takes one that came by itself, too", () => {
    expect(new Watched("sender").after(start(true), inbound(1), ready(1))).toEqual(["talk 1", "win 1"]);
  });

  it("takes a relay at once if no direct way is left", () => {
    const race = new Watched("sender", [relay(1)]);
    expect(race.after(hints(), start(true), ready(1))).toEqual(["dial 1", "win 1"]);
  });

  /** Relay 1 is ready, direct way 2 still dialling. */
  const settling = () => {
    const race = new Watched("sender", [relay(1)]);
    race.after(hints(direct(2)), start(true), fires("stagger"), fires("relays"));
    expect(race.all(ready(1))).toEqual([`settle in ${limits.SETTLE_DELAY}`]);
    return race;
  };

  it("gives a direct way a moment when a relay is ready first", () => {
    expect(settling().after(fires("settle"))).toEqual(["win 1", "drop 2"]);
    expect(settling().after(ready(2))).toEqual(["win 2", "drop 1"]);
    expect(settling().after(inbound(3), ready(3))).toEqual(["talk 3", "win 3", "drop 2", "drop 1"]);
  });

  it("does not wait any longer when the direct ways have failed", () => {
    expect(settling().after(failed(2))).toEqual(["win 1"]);
  });

  it("goes on when the relay is lost in that moment", () => {
    const race = settling();
    expect(race.after(failed(1))).toEqual([]);
    expect(race.at).toBe("racing");
    expect(race.after(fires("settle"), ready(2))).toEqual(["win 2"]);
  });

  it("falls back on a second relay when the first is lost", () => {
    const race = new Watched("sender", [relay(1), relay(3)]);
    race.after(hints(direct(2)), start(true), fires("relays"), fires("stagger"), fires("stagger"));
    expect(race.after(ready(1), ready(3), failed(1))).toEqual([]);
    expect(race.after(fires("settle"))).toEqual(["win 3", "drop 2"]);
  });
});

describe("the receiver", () => {
  it("decides nothing: it waits for the sender's word", () => {
    const race = new Watched("receiver");
    race.after(hints(direct(1), direct(2)), start(true), fires("stagger"), inbound(3));
    expect(race.after(ready(1), ready(2), ready(3))).toEqual([]);
    expect(race.after(chosen(2))).toEqual(["win 2", "drop 1", "drop 3"]);
  });

  it("goes on when a way that was ready is refused", () => {
    const race = new Watched("receiver");
    race.after(hints(direct(1), direct(2)), start(), fires("stagger"), ready(1), ready(2), failed(1));
    expect(race.after(chosen(2))).toEqual(["win 2"]);
  });
});

describe("the end", () => {
  it("comes when every way has failed and nobody can reach us", () => {
    const race = new Watched("sender", [relay(2)]);
    expect(race.after(hints(direct(1)), start(), failed(1), failed(2))).toEqual([
      "dial 1",
      "dial 2",
      "lose: ->tcp:host-1:1: refused, ->relay:tcp:host-2:1: refused",
    ]);
  });

  it("does not come before hints have", () => {
    const race = new Watched("sender", [relay(1)]);
    expect(race.after(start(), failed(1))).toEqual(["dial 1"]);
    expect(race.after(hints(direct(2)))).toEqual(["dial 2"]);
    expect(race.after(failed(2)).at(-1)).toMatch(/^lose: /);
  });

  it("comes a while later where the other side may still reach us", () => {
    const race = new Watched("sender");
    expect(race.all(hints(direct(1)), start(true), failed(1))).toContain(`alone in ${limits.ALONE_DEADLINE}`);
    race.after(inbound(2));
    expect(race.after(fires("alone"))).toEqual([]);
    expect(race.all(failed(2))).toEqual([`alone in ${limits.ALONE_DEADLINE}`]);
    expect(race.after(fires("alone"))).toEqual(["lose: ->tcp:host-1:1: refused"]);
  });

  it("comes for all together after two minutes", () => {
    const race = new Watched("receiver");
    expect(race.after(hints(direct(1)), start(true), ready(1), fires("late"))).toEqual(["dial 1", "drop 1", "lose: "]);
  });

  it("comes when it is closed, at any time", () => {
    const waiting = new Watched("sender");
    expect(waiting.after(inbound(1), { on: "close" })).toEqual(["drop 1"]);
    const racing = new Watched("sender");
    expect(racing.after(hints(direct(1)), start(), { on: "close" })).toEqual(["dial 1", "drop 1"]);
    expect(racing.after(inbound(2), hints(direct(3)), { on: "close" })).toEqual(["drop 2"]);
  });
});

describe("hostile hints and strangers", () => {
  it("cause no more than eight attempts at once", () => {
    const race = new Watched("receiver");
    race.after(hints(...times(20).map((id) => direct(id))), start());
    expect(race.after(...times(30).map(() => fires("stagger")))).toHaveLength(limits.MAX_ATTEMPTS - 1);
  });

  it("make a silent attempt give way to the next, but not one that has connected", () => {
    const race = new Watched("receiver", [relay(99)]);
    race.after(hints(...times(9).map((id) => direct(id))), start());
    expect(race.all(...times(10).map(() => fires("stagger"))).at(-1)).toBe(`crowded in ${limits.PATIENCE}`);
    race.after(fires("relays"), connected(1));
    expect(race.after(fires("crowded"))).toEqual(["drop 2", "dial 99"]);
    expect(race.after(fires("stagger"), fires("crowded"))).toEqual(["drop 3", "dial 9"]);
    expect(race.after(fires("stagger"), fires("crowded"))).toEqual([]);
  });

  it("cause no more than fifty attempts in all", () => {
    const race = new Watched("receiver");
    race.after(start(true));
    let dialled = 0;
    for (const id of times(200)) dialled += race.after(hints(direct(id)), failed(id), fires("stagger")).length;
    expect(dialled).toBe(limits.MAX_DIALLED);
  });

  it("push out the oldest who has proved nothing, when more than sixteen are at the port", () => {
    const race = new Watched("receiver");
    race.after(start(true), ...times(limits.MAX_INBOUND).map(inbound), ready(1));
    expect(race.after(inbound(17))).toEqual(["drop 2", "talk 17"]);
    expect(race.after(inbound(18))).toEqual(["drop 3", "talk 18"]);
  });

  it("push each other out before the start as well", () => {
    const race = new Watched("receiver");
    expect(race.after(...times(18).map(inbound))).toEqual(["drop 1", "drop 2"]);
  });
});
