/** The rules of pairing and closing clients. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLobby, type Effect, type Event, type Lobby, type LobbyLimits, stateOf, step } from "../src/rules.ts";

/** A lobby that notes all effects. */
function play(limits: Partial<LobbyLimits> = {}) {
  const lobby = createLobby(limits);
  const effects: Effect[] = [];
  const post = (event: Event) => {
    const caused = step(lobby, event);
    effects.push(...caused);
    return caused;
  };
  return {
    lobby,
    effects,
    post,
    /** A client arrives and sends its line. */
    arrive: (id: number, token: string, side?: string) => [
      ...post({ on: "arrived", id }),
      ...post({ on: "line", id, token, side }),
    ],
  };
}

const answer = (id: number, text: string) => ({ do: "answer", id, answer: text });
const close = (id: number) => ({ do: "close", id });
const paired = (a: number, b: number) => [answer(a, "ok"), answer(b, "ok"), { do: "pair", ids: [a, b] }];

describe("pairing", () => {
  it("two sides of a token are answered ok, then paired", () => {
    const { arrive, post } = play();
    arrive(1, "T", "a");
    post({ on: "arrived", id: 2 });
    expect(post({ on: "line", id: 2, token: "T", side: "b" })).toEqual(paired(1, 2));
  });

  it("equal sides both wait", () => {
    const { arrive, lobby, effects } = play();
    arrive(1, "T", "a");
    arrive(2, "T", "a");
    expect([...lobby.waiting.keys()]).toEqual([1, 2]);
    expect(effects.every((effect) => effect.do === "await")).toBe(true);
  });

  it.each([
    [undefined, undefined],
    [undefined, "b"],
    ["a", undefined],
  ])("a client without a side is paired with any other (%s, %s)", (a, b) => {
    const { arrive } = play();
    arrive(1, "T", a);
    expect(arrive(2, "T", b).slice(1)).toEqual(paired(1, 2));
  });

  it("different tokens are never paired", () => {
    const { arrive, lobby } = play();
    arrive(1, "T", "a");
    arrive(2, "U", "b");
    expect(lobby.paired.size).toBe(0);
  });

  it("the spare connections of the token are closed", () => {
    const { arrive } = play();
    for (const id of [1, 2, 3]) arrive(id, "T", "a");
    expect(arrive(4, "T", "b").slice(1)).toEqual([...paired(1, 4), close(2), close(3)]);
  });

  it("a third side waits for its own partner", () => {
    const { arrive } = play();
    arrive(1, "T", "a");
    arrive(2, "T", "b");
    expect(arrive(3, "T", "c")).toEqual([
      { do: "await", id: 3, what: "handshake" },
      { do: "await", id: 3, what: "partner" },
    ]);
    expect(arrive(4, "T", "d").slice(1)).toEqual(paired(3, 4));
  });
});

describe("leaving", () => {
  it.each(["gone", "late"] as const)("a waiting client that is %s is never paired", (on) => {
    const { arrive, post, lobby } = play();
    arrive(1, "T", "a");
    expect(post({ on, id: 1 })).toEqual([close(1)]);
    arrive(2, "T", "b");
    expect(stateOf(lobby, 2)).toBe("waiting");
  });

  it.each(["gone", "late"] as const)("if one of a pair is %s, both are closed", (on) => {
    const { arrive, post, lobby } = play();
    arrive(1, "T", "a");
    arrive(2, "T", "b");
    expect(post({ on, id: 1 })).toEqual([close(2), close(1)]);
    expect(lobby.paired.size).toBe(0);
  });

  it("events of a closed client have no effect", () => {
    const { post } = play();
    post({ on: "arrived", id: 1 });
    post({ on: "bad", id: 1 });
    expect(post({ on: "gone", id: 1 })).toEqual([]);
    expect(post({ on: "line", id: 1, token: "T", side: undefined })).toEqual([]);
  });
});

describe("answers", () => {
  const refused = (on: "bad" | "overlong" | "late" | "early") => {
    const { post } = play();
    post({ on: "arrived", id: 1 });
    return post({ on, id: 1 });
  };

  it("a bad line is answered with bad handshake", () => {
    expect(refused("bad")).toEqual([answer(1, "bad handshake"), close(1)]);
  });

  it("an overlong line gets no answer", () => expect(refused("overlong")).toEqual([close(1)]));

  it("a missed deadline gets no answer", () => expect(refused("late")).toEqual([close(1)]));

  it("bytes right after the line are answered with impatient", () => {
    expect(refused("early")).toEqual([answer(1, "impatient"), close(1)]);
  });

  it("bytes while waiting are answered with impatient, and the client is never paired", () => {
    const { arrive, post, lobby } = play();
    arrive(1, "T", "a");
    expect(post({ on: "early", id: 1 })).toEqual([answer(1, "impatient"), close(1)]);
    expect(lobby.tokens.size).toBe(0);
  });
});

describe("limits", () => {
  it("a side with too many waiting clients keeps the newest", () => {
    const { arrive, lobby } = play({ waitingPerSide: 2 });
    arrive(1, "T", "a");
    arrive(2, "T", "a");
    expect(arrive(3, "T", "a")).toContainEqual(close(1));
    expect([...lobby.waiting.keys()]).toEqual([2, 3]);
  });

  it("in a full lobby, the oldest client without a line is closed", () => {
    const { arrive, post } = play({ waiting: 3 });
    arrive(1, "T", "a");
    post({ on: "arrived", id: 2 });
    post({ on: "arrived", id: 3 });
    expect(post({ on: "arrived", id: 4 })).toEqual([close(2), { do: "await", id: 4, what: "handshake" }]);
  });

  it("if all clients have sent their line, the oldest of all is closed", () => {
    const { arrive, lobby } = play({ waiting: 2 });
    arrive(1, "T", "a");
    arrive(2, "U", "a");
    expect(arrive(3, "V", "a")).toContainEqual(close(1));
    expect(lobby.tokens.has("T")).toBe(false);
  });

  it("pairs do not count against the limit", () => {
    const { arrive, effects } = play({ waiting: 2 });
    for (let id = 1; id <= 20; id += 2) {
      arrive(id, `T${id}`, "a");
      arrive(id + 1, `T${id}`, "b");
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

describe("after any events", () => {
  it("the lobby is consistent", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(lineEvent, otherEvent), { maxLength: 80 }), (events) => {
        const lobby = createLobby(limits);
        const sides = new Map<number, string | undefined>();
        const present = new Set<number>();
        for (const event of events) {
          if (event.on === "line" && stateOf(lobby, event.id) === "arriving") sides.set(event.id, event.side);
          if (event.on === "arrived") present.add(event.id);
          for (const effect of step(lobby, event)) check(effect, sides, present);
          checkLobby(lobby, present);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Equal sides are never paired. A client is closed once, and has no effects afterwards. */
function check(effect: Effect, sides: Map<number, string | undefined>, present: Set<number>): void {
  const ids = effect.do === "pair" ? effect.ids : [effect.id];
  for (const one of ids) expect(present.has(one)).toBe(true);
  if (effect.do === "close") present.delete(effect.id);
  if (effect.do !== "pair") return;
  const [a, b] = effect.ids.map((one) => sides.get(one));
  expect(a === undefined || b === undefined || a !== b).toBe(true);
}

/**
 * Each client has one state, partners refer to each other, tokens list the waiting clients, and no client waits beside
 * one that it could be paired with.
 */
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
