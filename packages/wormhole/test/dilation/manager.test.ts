/** The manager: roles, generations and reconnecting, by the tables of dilation-protocol.rst and our extensions. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ManagerEffect, type ManagerEvent, type ManagerState, manager } from "../../src/dilation/manager.ts";
import type { DilationRole } from "../../src/dilation/wire/role.ts";

const OURS = "5a42d5cc78df4747";
const LOWER = "00b7c9e1f2a3d4c5";
const HIGHER = "f00dfeedfacecafe";
/** The extensions that our program lists, and those of other programs. */
const ALL = ["ask-reconnect", "goodbye", "credit", "parts"];
const NONE: string[] = [];

const random = () => new Uint8Array();
const hints = { direct: [{ host: "10.0.0.1", port: 1, priority: 0 }], tor: [], relays: [] };

type At = ManagerState["at"];
type Agreed = Extract<ManagerState, { role: DilationRole }>["at"];

const at = (name: Agreed, role: DilationRole, generation = 1, extensions = ALL): ManagerState => ({
  at: name,
  role,
  generation,
  extensions,
});
const wanting: ManagerState = { at: "wanting", side: OURS };
const stopped: ManagerState = { at: "stopped" };

const send = (type: string): ManagerEffect => ({ do: "send", message: { type } });
const connect = (role: DilationRole, generation: number): ManagerEffect => ({ do: "connect", role, generation });
const disconnect: ManagerEffect = { do: "disconnect" };
const please = (side: string, extensions = ALL): ManagerEvent => ({ on: "please", side, extensions });

/** One event of each kind. */
const EVENTS: readonly ManagerEvent[] = [
  { on: "start", side: OURS },
  please(LOWER),
  { on: "hints", hints },
  { on: "reconnect" },
  { on: "reconnecting" },
  { on: "askReconnect" },
  { on: "goodbye" },
  { on: "connected" },
  { on: "lost" },
  { on: "stuck" },
  { on: "leave" },
];

const step = (state: ManagerState, event: ManagerEvent) => manager.step(state, event, random);

/** A title, a state, an event, the next state, and the effects. */
type Transition = readonly [string, ManagerState, ManagerEvent, ManagerState, ...ManagerEffect[]];

const startsAnew = (role: DilationRole, from: Agreed): Transition => [
  `the ${role} begins the next generation from ${from}`,
  at(from, role, 3),
  { on: role === "leader" ? "reconnecting" : "reconnect" },
  at("connecting", role, 4),
  ...(role === "leader" ? [] : [disconnect, send("reconnecting")]),
  connect(role, 4),
];

const left = (from: Agreed | "wanting", state: ManagerState): Transition => [
  `the other side sends goodbye while ${from}`,
  state,
  { on: "goodbye" },
  stopped,
  disconnect,
  { do: "fail", reason: "left" },
];

const leaves = (from: Agreed): Transition => [
  `we leave while ${from}, and send goodbye`,
  at(from, from === "lonely" ? "follower" : "leader"),
  { on: "leave" },
  stopped,
  disconnect,
  send("goodbye"),
];

const TRANSITIONS: readonly Transition[] = [
  [
    "a side begins with please, its name and its extensions",
    { at: "idle" },
    { on: "start", side: OURS },
    wanting,
    { do: "send", message: { type: "please", side: OURS, "use-version": "ged", extensions: ALL } },
  ],
  ["before it has begun, it ends without a message", { at: "idle" }, { on: "leave" }, stopped],
  ["before the peer has answered, it ends without a message", wanting, { on: "leave" }, stopped],
  ["the higher name leads", wanting, please(LOWER), at("connecting", "leader"), connect("leader", 1)],
  ["the lower name follows", wanting, please(HIGHER), at("connecting", "follower"), connect("follower", 1)],
  [
    "the peer's extensions are remembered",
    wanting,
    please(LOWER, ["flight"]),
    at("connecting", "leader", 1, ["flight"]),
    connect("leader", 1),
  ],
  [
    "if its own name comes back, the mailbox reflects messages",
    wanting,
    please(OURS),
    stopped,
    { do: "fail", reason: "reflected" },
  ],
  left("wanting", wanting),

  ...(["connecting", "connected"] as const).flatMap((from): Transition[] => [
    [
      `hints are used while ${from}`,
      at(from, "leader"),
      { on: "hints", hints },
      at(from, "leader"),
      { do: "useHints", hints },
    ],
    startsAnew("follower", from),
  ]),
  ["a connection is made", at("connecting", "leader", 2), { on: "connected" }, at("connected", "leader", 2)],
  [
    "if no way works, two programs with our extensions try again by themselves",
    at("connecting", "leader"),
    { on: "stuck" },
    at("connecting", "leader"),
    { do: "retry", publish: false },
  ],
  [
    "if no way works, a leader begins a new generation with a program that tries each hint once",
    at("connecting", "leader", 1, NONE),
    { on: "stuck" },
    at("flushing", "leader", 1, NONE),
    disconnect,
    send("reconnect"),
  ],
  [
    "if no way works, a follower sends such a leader its hints again",
    at("connecting", "follower", 1, NONE),
    { on: "stuck" },
    at("connecting", "follower", 1, NONE),
    { do: "retry", publish: true },
  ],

  [
    "a leader that has lost the connection drops the old generation and sends reconnect",
    at("connected", "leader", 2),
    { on: "lost" },
    at("flushing", "leader", 2),
    disconnect,
    send("reconnect"),
  ],
  [
    "a follower that has lost it asks the leader for another, if the leader has the extension",
    at("connected", "follower", 2),
    { on: "lost" },
    at("lonely", "follower", 2),
    send("ask-reconnect"),
  ],
  [
    "a follower that has lost it waits for a leader without the extension",
    at("connected", "follower", 2, NONE),
    { on: "lost" },
    at("lonely", "follower", 2, NONE),
  ],
  [
    "a leader that is asked for another connection treats its own as lost",
    at("connected", "leader", 2),
    { on: "askReconnect" },
    at("flushing", "leader", 2),
    disconnect,
    send("reconnect"),
  ],

  startsAnew("leader", "flushing"),
  startsAnew("follower", "lonely"),
  [
    "a follower may get a better connection just after the end of the old one",
    at("lonely", "follower", 2),
    { on: "connected" },
    at("connected", "follower", 2),
  ],

  [
    "a waiting follower tries all ways again, if the leader has the extension",
    at("lonely", "follower", 2),
    { on: "stuck" },
    at("lonely", "follower", 2),
    { do: "retry", publish: false },
  ],
  [
    "a follower that waits for another program's leader only waits",
    at("lonely", "follower", 2, NONE),
    { on: "stuck" },
    at("lonely", "follower", 2, NONE),
  ],

  ...(["connecting", "connected", "flushing", "lonely"] as const).flatMap((from): Transition[] => [
    left(from, at(from, from === "lonely" ? "follower" : "leader")),
    leaves(from),
    [
      `we leave while ${from}, without a message that the other side would not understand`,
      at(from, "follower", 1, NONE),
      { on: "leave" },
      stopped,
      disconnect,
    ],
  ]),
];

describe("the manager", () => {
  // proves: dilation/one-leader
  it.each(TRANSITIONS.map(([title, ...rest]) => [title, rest] as const))("%s", (_, [state, event, ...expected]) => {
    expect(step(state, event)).toEqual(expected);
  });

  it("has no transition that is not tested here", () => {
    const proved = new Set(TRANSITIONS.map(([, state, event]) => `${state.at} ${event.on}`));
    const there = Object.entries(manager.table).flatMap(([name, row]) =>
      Object.entries(row).flatMap(([on, cell]) => (typeof cell === "function" ? [`${name} ${on}`] : [])),
    );
    expect(new Set(there)).toEqual(proved);
  });

  it("ignores every other event in every state", () => {
    for (const [name, row] of Object.entries(manager.table) as [At, Record<string, unknown>][]) {
      for (const [on, cell] of Object.entries(row)) {
        if (typeof cell !== "function") expect(cell, `${name} ${on}`).toBe("stay");
      }
    }
  });

  it.each(["leader", "follower"] as const)("a %s ignores messages that only its own role sends", (role) => {
    const strange: [Agreed, ManagerEvent][] =
      role === "leader"
        ? [
            ["connecting", { on: "reconnect" }],
            ["connected", { on: "reconnect" }],
          ]
        : [["connected", { on: "askReconnect" }]];
    for (const [name, event] of strange) expect(step(at(name, role), event)).toEqual([at(name, role)]);
  });

  // proves: dilation/old-hints-ignored
  it("drops the hints of an old generation, which look like new ones", () => {
    for (const state of [at("flushing", "leader"), at("lonely", "follower")])
      expect(step(state, { on: "hints", hints })).toEqual([state]);
  });

  // proves: dilation/old-dropped-first
  it("drops everything old before the peer learns of the next generation", () => {
    const walk = fc.array(fc.constantFrom(...EVENTS), { maxLength: 40 });
    fc.assert(
      fc.property(walk, fc.constantFrom(LOWER, HIGHER), fc.constantFrom(ALL, NONE), (events, side, extensions) => {
        let state: ManagerState = wanting;
        let holding = false;
        for (const event of [please(side, extensions), ...events]) {
          const [to, ...effects] = step(state, event);
          state = to;
          for (const effect of effects) {
            if (effect.do === "connect") {
              expect(holding, "two generations at once").toBe(false);
              holding = true;
            }
            if (effect.do === "disconnect") holding = false;
            if (effect.do === "send" && String(effect.message.type).startsWith("reconnect"))
              expect(holding, `${effect.message.type} too early`).toBe(false);
          }
        }
      }),
    );
  });

  // proves: dilation/silent-after-end
  it("sends nothing after the end", () => {
    for (const event of EVENTS) expect(step(stopped, event)).toEqual([stopped]);
  });

  // proves: dilation/generations-agree
  it("counts generations alike on both sides, whichever loses the connection first", () => {
    const sides = {
      leader: [wanting, LOWER] as const,
      follower: [{ at: "wanting", side: LOWER } as const, OURS] as const,
    };
    const states: Record<DilationRole, ManagerState> = { leader: sides.leader[0], follower: sides.follower[0] };
    const other = { leader: "follower", follower: "leader" } as const;
    /** Control messages arrive at once. */
    const post = (role: DilationRole, event: ManagerEvent): void => {
      const [state, ...effects] = step(states[role], event);
      states[role] = state;
      for (const effect of effects) {
        if (effect.do !== "send") continue;
        if (effect.message.type === "reconnect") post(other[role], { on: "reconnect" });
        if (effect.message.type === "reconnecting") post(other[role], { on: "reconnecting" });
        if (effect.message.type === "ask-reconnect") post(other[role], { on: "askReconnect" });
      }
    };
    for (const role of ["leader", "follower"] as const) post(role, please(sides[role][1]));
    for (const [n, first] of (["leader", "follower", "follower", "leader"] as const).entries()) {
      for (const role of ["leader", "follower"] as const) post(role, { on: "connected" });
      expect([states.leader, states.follower]).toMatchObject([
        { at: "connected", generation: n + 1 },
        { at: "connected", generation: n + 1 },
      ]);
      post(first, { on: "lost" });
      post(other[first], { on: "lost" });
    }
  });
});
