/** The connector: which ways are tried within one generation, and when. */
import { describe, expect, it } from "vitest";
import {
  beginLooking,
  type ConnectorEffect,
  type ConnectorEvent,
  type ConnectorState,
  connector,
} from "../../../src/dilation/connection/connector.ts";
import {
  MAX_RACE_PAUSE_MS,
  MAX_UPGRADE_PAUSE_MS,
  RACE_PAUSE_FACTOR,
  RACE_PAUSE_MS,
  UNEXTENDED_RACE_PAUSE_MS,
  UPGRADE_PAUSE_MS,
} from "../../../src/dilation/limits.ts";
import { MAX_HINTS } from "../../../src/transit/hints.ts";
import type { Ways } from "../../../src/transit/race/usable.ts";

type Searching = Extract<ConnectorState, { racing: boolean }>;

const endpoint = (host: string) => ({ host, port: 1, priority: 0 });
const DIRECT = [endpoint("10.0.0.1")];
const RELAYS = [endpoint("10.0.0.9")];
const WAYS: Ways = { direct: DIRECT, relays: RELAYS };
const NEW: Ways = { direct: [endpoint("10.0.0.2")], relays: [] };
const ALL: Ways = { direct: [...NEW.direct, ...DIRECT], relays: RELAYS };

const searching = (at: Searching["at"], more: Partial<Searching> = {}): Searching => ({
  at,
  peerRetries: true,
  ways: WAYS,
  racing: false,
  tries: 0,
  ...more,
});
const looking = (more: Partial<Searching> = {}) => searching("looking", more);
const relayed = (more: Partial<Searching> = {}) => searching("relayed", more);
const direct: ConnectorState = { at: "direct", ways: WAYS };
const closed: ConnectorState = { at: "closed", ways: null };

const race = (ways: Ways | null, relayed: boolean): ConnectorEffect => ({ do: "race", ways, relayed });
const OURS_AND_THEIRS = race(WAYS, true);
const DIRECT_ONLY = race({ direct: DIRECT, relays: [] }, false);
const timer = (after: number): ConnectorEffect => ({ do: "timer", after });
const publish: ConnectorEffect = { do: "publish" };
const admit: ConnectorEffect = { do: "admit" };
const turnAway: ConnectorEffect = { do: "turnAway" };
const stuck: ConnectorEffect = { do: "stuck" };
const end: ConnectorEffect = { do: "end" };

const retry: ConnectorEvent = { on: "retry" };
const visitor: ConnectorEvent = { on: "visitor" };
const due: ConnectorEvent = { on: "due" };
const moved: ConnectorEvent = { on: "moved" };
const failed: ConnectorEvent = { on: "failed" };
const lost: ConnectorEvent = { on: "lost" };
const close: ConnectorEvent = { on: "close" };
const hints = (ways: Ways): ConnectorEvent => ({ on: "hints", ...ways });
const won = (relayed: boolean): ConnectorEvent => ({ on: "won", relayed });

type Transition = readonly [string, ConnectorState, ConnectorEvent, ConnectorState, ...ConnectorEffect[]];

const TRANSITIONS: readonly Transition[] = [
  [
    "a generation begins with this side's relays alone",
    beginLooking(true),
    retry,
    looking({ ways: null, racing: true }),
    race(null, true),
  ],
  ["one race is enough", looking({ racing: true }), retry, looking({ racing: true })],
  [
    "hints join the present race",
    looking({ ways: null, racing: true }),
    hints(WAYS),
    looking({ racing: true }),
    { do: "join", ...WAYS },
  ],
  ["hints begin a race if none is on", looking(), hints(NEW), looking({ ways: ALL, racing: true }), race(ALL, true)],
  // proves: dilation/visits-dial-nothing
  [
    "a visitor is admitted beside the present race",
    looking({ racing: true }),
    visitor,
    looking({ racing: true }),
    admit,
  ],
  ["a visitor is admitted if there is no race, and begins none", looking(), visitor, looking(), admit],
  [
    "a race that fails is followed by a pause",
    looking({ racing: true }),
    failed,
    looking({ tries: 1 }),
    timer(RACE_PAUSE_MS),
  ],
  [
    "the pause grows",
    looking({ racing: true, tries: 1 }),
    failed,
    looking({ tries: 2 }),
    timer(RACE_PAUSE_MS * RACE_PAUSE_FACTOR),
  ],
  [
    "the pause has a maximum",
    looking({ racing: true, tries: 99 }),
    failed,
    looking({ tries: 100 }),
    timer(MAX_RACE_PAUSE_MS),
  ],
  [
    "the pause is long if each race costs messages",
    looking({ racing: true, peerRetries: false }),
    failed,
    looking({ tries: 1, peerRetries: false }),
    timer(UNEXTENDED_RACE_PAUSE_MS),
  ],
  ["after the pause, this side is stuck", looking(), due, looking(), stuck],
  [
    "a change of addresses begins a new race",
    looking({ racing: true, tries: 5 }),
    moved,
    looking({ racing: true }),
    publish,
    OURS_AND_THEIRS,
  ],
  [
    "after a relayed connection, a direct one is looked for",
    looking({ racing: true, tries: 5 }),
    won(true),
    relayed({ tries: 1 }),
    timer(UPGRADE_PAUSE_MS),
  ],
  ["a direct connection ends the search", looking({ racing: true }), won(false), direct, end],
  ["a generation ends", looking(), close, closed, end],

  ["relays take no part in a race beside a relayed connection", relayed(), due, relayed({ racing: true }), DIRECT_ONLY],
  ["there is one such race at a time", relayed({ racing: true }), due, relayed({ racing: true })],
  [
    "new hints begin a race beside a relayed connection",
    relayed(),
    hints(NEW),
    relayed({ ways: ALL, racing: true }),
    race({ ...ALL, relays: [] }, false),
  ],
  [
    "new hints join a race beside a relayed connection",
    relayed({ racing: true }),
    hints({ ...NEW, relays: RELAYS }),
    relayed({ ways: ALL, racing: true }),
    { do: "join", ...NEW },
  ],
  ["a visitor is admitted beside a relayed connection, and begins no race", relayed(), visitor, relayed(), admit],
  [
    "a visitor is admitted beside a race for a direct way",
    relayed({ racing: true }),
    visitor,
    relayed({ racing: true }),
    admit,
  ],
  [
    "if there is no direct way, another race follows later",
    relayed({ racing: true, tries: 1 }),
    failed,
    relayed({ tries: 2 }),
    timer(2 * UPGRADE_PAUSE_MS),
  ],
  [
    "the pause before it has a maximum",
    relayed({ racing: true, tries: 99 }),
    failed,
    relayed({ tries: 100 }),
    timer(MAX_UPGRADE_PAUSE_MS),
  ],
  [
    "a change of addresses begins a race beside a relayed connection",
    relayed({ racing: true, tries: 3 }),
    moved,
    relayed({ racing: true }),
    publish,
    DIRECT_ONLY,
  ],
  ["a direct connection replaces the relayed one", relayed({ racing: true }), won(false), direct, end],
  [
    "another relayed connection replaces it, too",
    relayed({ racing: true }),
    won(true),
    relayed({ tries: 1 }),
    timer(UPGRADE_PAUSE_MS),
  ],
  [
    "after the loss of the relayed connection, the race for a direct one continues",
    relayed({ racing: true }),
    lost,
    looking({ racing: true }),
  ],
  ["a generation ends while relayed", relayed(), close, closed, end],

  [
    "hints of a program that closes its port begin no search for a direct way",
    relayed({ peerRetries: false }),
    hints(NEW),
    relayed({ peerRetries: false, ways: ALL }),
  ],
  [
    "a visitor is refused beside such a connection",
    relayed({ peerRetries: false }),
    visitor,
    relayed({ peerRetries: false }),
    turnAway,
  ],
  [
    "such a program gets new hints after a change of addresses",
    relayed({ peerRetries: false }),
    moved,
    relayed({ peerRetries: false }),
    publish,
  ],
  [
    "no timer runs beside such a connection",
    looking({ peerRetries: false, racing: true }),
    won(true),
    relayed({ peerRetries: false, tries: 1 }),
  ],

  ["a visitor is refused beside a direct connection", direct, visitor, direct, turnAway],
  ["a generation ends while direct", direct, close, closed, end],
  ["a visitor is refused after the end", closed, visitor, closed, turnAway],
];

const step = (state: ConnectorState, event: ConnectorEvent) => connector.step(state, event);

describe("the connector", () => {
  it.each(TRANSITIONS.map(([title, ...rest]) => [title, rest] as const))("%s", (_, [state, event, ...expected]) => {
    expect(step(state, event)).toEqual(expected);
  });

  it("has no transition that is not tested here, and ignores every other event", () => {
    const proved = new Set(TRANSITIONS.map(([, state, event]) => `${state.at} ${event.on}`));
    const cells = Object.entries(connector.table).flatMap(([at, row]) =>
      Object.entries(row).map(([on, cell]) => ({ place: `${at} ${on}`, cell: cell as unknown })),
    );
    expect(new Set(cells.flatMap(({ place, cell }) => (cell === "stay" ? [] : [place])))).toEqual(proved);
  });

  it("keeps only the latest ways", () => {
    let state: ConnectorState = looking({ ways: null, racing: true });
    for (let host = 0; host < 2 * MAX_HINTS; host++) {
      [state] = step(state, hints({ direct: [endpoint(`10.0.1.${host}`)], relays: [] }));
    }
    expect(state.ways?.direct).toHaveLength(MAX_HINTS);
    expect(state.ways?.direct[0]).toEqual(endpoint(`10.0.1.${2 * MAX_HINTS - 1}`));
  });
});
