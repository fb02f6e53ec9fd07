import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLobby, type Effect, type Event, type Lobby, type LobbyLimits, placeOf, step } from "../src/rules.ts";

/** A lobby that keeps what was said to whom, who was paired and who was closed. */
function play(limits: Partial<LobbyLimits> = {}) {
  const lobby = createLobby(limits);
  const effects: Effect[] = [];
  const happen = (event: Event) => {
    const led = step(lobby, event);
    effects.push(...led);
    return led;
  };
  return {
    lobby,
    effects,
    happen,
    /** A client that arrives and says its line. */
    come: (id: number, token: string, side?: string) => [
      ...happen({ on: "arrived", id }),
      ...happen({ on: "line", id, token, side }),
    ],
  };
}

const say = (id: number, word: string) => ({ do: "say", id, word });
const close = (id: number) => ({ do: "close", id });
const paired = (a: number, b: number) => [say(a, "ok"), say(b, "ok"), { do: "pair", ids: [a, b] }];

describe("pairing", () => {
  it("two sides of a token are told ok, then paired", () => {
    const { come, happen } = play();
    come(1, "T", "a");
    happen({ on: "arrived", id: 2 });
    expect(happen({ on: "line", id: 2, token: "T", side: "b" })).toEqual(paired(1, 2));
  });

  it("equal sides both wait", () => {
    const { come, lobby, effects } = play();
    come(1, "T", "a");
    come(2, "T", "a");
    expect([...lobby.waiting.keys()]).toEqual([1, 2]);
    expect(effects.every((effect) => effect.do === "await")).toBe(true);
  });

  it.each([
    [undefined, undefined],
    [undefined, "b"],
    ["a", undefined],
  ])("a line without a side goes with anybody (%s, %s)", (a, b) => {
    const { come } = play();
    come(1, "T", a);
    expect(come(2, "T", b).slice(1)).toEqual(paired(1, 2));
  });

  it("different tokens never meet", () => {
    const { come, lobby } = play();
    come(1, "T", "a");
    come(2, "U", "b");
    expect(lobby.paired.size).toBe(0);
  });

  it("the spare connections of the token are closed", () => {
    const { come } = play();
    for (const id of [1, 2, 3]) come(id, "T", "a");
    expect(come(4, "T", "b").slice(1)).toEqual([...paired(1, 4), close(2), close(3)]);
  });

  it("a third waits for its own partner", () => {
    const { come } = play();
    come(1, "T", "a");
    come(2, "T", "b");
    expect(come(3, "T", "c")).toEqual([
      { do: "await", id: 3, what: "handshake" },
      { do: "await", id: 3, what: "partner" },
    ]);
    expect(come(4, "T", "d").slice(1)).toEqual(paired(3, 4));
  });
});

describe("going", () => {
  it.each(["gone", "late"] as const)("one who waits and is %s is met by nobody", (on) => {
    const { come, happen, lobby } = play();
    come(1, "T", "a");
    expect(happen({ on, id: 1 })).toEqual([close(1)]);
    come(2, "T", "b");
    expect(placeOf(lobby, 2)).toBe("waiting");
  });

  it.each(["gone", "late"] as const)("one of a pair is %s, and both are closed", (on) => {
    const { come, happen, lobby } = play();
    come(1, "T", "a");
    come(2, "T", "b");
    expect(happen({ on, id: 1 })).toEqual([close(2), close(1)]);
    expect(lobby.paired.size).toBe(0);
  });

  it("who is closed is not heard any more", () => {
    const { happen } = play();
    happen({ on: "arrived", id: 1 });
    happen({ on: "bad", id: 1 });
    expect(happen({ on: "gone", id: 1 })).toEqual([]);
    expect(happen({ on: "line", id: 1, token: "T", side: undefined })).toEqual([]);
  });
});

describe("answers", () => {
  const refused = (on: "bad" | "overlong" | "late" | "early") => {
    const { happen } = play();
    happen({ on: "arrived", id: 1 });
    return happen({ on, id: 1 });
  };

  it("a bad line is called a bad handshake", () => {
    expect(refused("bad")).toEqual([say(1, "bad handshake"), close(1)]);
  });

  it("an endless line gets no word", () => expect(refused("overlong")).toEqual([close(1)]));

  it("no line in time gets no word", () => expect(refused("late")).toEqual([close(1)]));

  it("bytes right after the line are impatient", () => {
    expect(refused("early")).toEqual([say(1, "impatient"), close(1)]);
  });

  it("bytes while waiting are impatient, and who sent them is not paired any more", () => {
    const { come, happen, lobby } = play();
    come(1, "T", "a");
    expect(happen({ on: "early", id: 1 })).toEqual([say(1, "impatient"), close(1)]);
    expect(lobby.tokens.size).toBe(0);
  });
});

describe("limits", () => {
  it("a side that tries too often keeps its newest attempts", () => {
    const { come, lobby } = play({ waitingPerSide: 2 });
    come(1, "T", "a");
    come(2, "T", "a");
    expect(come(3, "T", "a")).toContainEqual(close(1));
    expect([...lobby.waiting.keys()]).toEqual([2, 3]);
  });

  it("in a full lobby the oldest without a line gives way", () => {
    const { come, happen } = play({ waiting: 3 });
    come(1, "T", "a");
    happen({ on: "arrived", id: 2 });
    happen({ on: "arrived", id: 3 });
    expect(happen({ on: "arrived", id: 4 })).toEqual([close(2), { do: "await", id: 4, what: "handshake" }]);
  });

  it("when all have said their line, the oldest of all gives way", () => {
    const { come, lobby } = play({ waiting: 2 });
    come(1, "T", "a");
    come(2, "U", "a");
    expect(come(3, "V", "a")).toContainEqual(close(1));
    expect(lobby.tokens.has("T")).toBe(false);
  });

  it("pairs take no place in the lobby", () => {
    const { come, effects } = play({ waiting: 2 });
    for (let id = 1; id <= 20; id += 2) {
      come(id, `T${id}`, "a");
      come(id + 1, `T${id}`, "b");
    }
    expect(effects.some((effect) => effect.do === "close")).toBe(false);
  });
});

const limits: LobbyLimits = { waiting: 6, waitingPerSide: 3 };
const id = fc.integer({ min: 1, max: 12 });
const lineEvent = fc.record({
  on: fc.constant("line" as const),
  id,
  token: fc.constantFrom("T", "U"),
  side: fc.constantFrom("a", "b", undefined),
});
const otherEvent = fc.record({
  on: fc.constantFrom("arrived", "arrived", "bad", "overlong", "early", "late", "gone" as const),
  id,
}) as fc.Arbitrary<Event>;

describe("whatever happens", () => {
  it("the lobby stays in order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(lineEvent, otherEvent), { maxLength: 80 }), (events) => {
        const lobby = createLobby(limits);
        const sides = new Map<number, string | undefined>();
        const present = new Set<number>();
        for (const event of events) {
          if (event.on === "line" && placeOf(lobby, event.id) === "arriving") sides.set(event.id, event.side);
          if (event.on === "arrived") present.add(event.id);
          for (const effect of step(lobby, event)) check(effect, sides, present);
          checkLobby(lobby, present);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Equal sides are never paired; one is closed once, and nothing is done for it afterwards. */
function check(effect: Effect, sides: Map<number, string | undefined>, present: Set<number>): void {
  const ids = effect.do === "pair" ? effect.ids : [effect.id];
  for (const one of ids) expect(present.has(one)).toBe(true);
  if (effect.do === "close") present.delete(effect.id);
  if (effect.do !== "pair") return;
  const [a, b] = effect.ids.map((one) => sides.get(one));
  expect(a === undefined || b === undefined || a !== b).toBe(true);
}

/** Each is in one place, partners know each other, tokens list who waits, and nobody waits beside a fitting partner. */
function checkLobby(lobby: Lobby, present: Set<number>): void {
  const all = [...lobby.arriving, ...lobby.waiting.keys(), ...lobby.paired.keys()];
  expect(sorted(all)).toEqual(sorted(present));
  for (const [one, other] of lobby.paired) expect(lobby.paired.get(other)).toBe(one);
  expect(sorted([...lobby.tokens.values()].flat())).toEqual(sorted(lobby.waiting.keys()));
  for (const ids of lobby.tokens.values()) {
    expect(new Set(ids.map((one) => lobby.waiting.get(one)?.side)).size).toBe(1);
    expect(ids.length).toBeLessThanOrEqual(limits.waitingPerSide);
  }
  expect(lobby.arriving.size + lobby.waiting.size).toBeLessThanOrEqual(limits.waiting);
}

function sorted(ids: Iterable<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}
