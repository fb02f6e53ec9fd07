/** The table of the machine `outcome`: the first cause of the end decides. */
import type { Ending } from "../../../src/session/ending.ts";
import { type Effect, tell, to } from "../../../src/session/machines/effects.ts";
import type { State } from "../../../src/session/machines/outcome.ts";
import type { Mood } from "../../../src/session/messages.ts";
import { prove } from "./prove.ts";

const lonely: State = { at: "lonely" };
const happy: State = { at: "happy" };
const closing: State = { at: "closing", ending: { kind: "happy" } };
const giveUp = to("terminator", { on: "giveUp" });
const serverError = { on: "serverError", reason: "crowded" } as const;
const turnedAway = { on: "turnedAway", reason: "full" } as const;
const unreachable = { kind: "unreachable", failure: "refused", detail: "down" } as const;

const ends = (ending: Ending, mood: Mood, ...first: Effect[]): [State, ...Effect[]] => [
  { at: "closing", ending },
  ...first,
  to("delivery", { on: "stop" }),
  to("terminator", { on: "close", mood }),
];
const crowded = ends(
  { kind: "server", reason: "crowded" },
  "errory",
  to("allocator", { on: "refused" }),
  to("nameplate", { on: "refused" }),
);
const tooMany = ends({ kind: "server", reason: "too many messages" }, "errory");
const closed = (from: Ending, late: boolean, ending: Ending) =>
  [
    { at: "closing", ending: from },
    { on: "finished", late },
    [{ at: "closed", ending }, tell({ type: "closed", ending })],
  ] as const;

// proves: session/first-cause-counts, session/news-after-release
prove("outcome", {
  transitions: [
    [lonely, { on: "verified" }, [happy]],
    [lonely, { on: "close" }, ends({ kind: "lonely" }, "lonely")],
    [lonely, { on: "wrongPassword" }, ends({ kind: "wrongPassword" }, "scary")],
    [lonely, { on: "forgotten" }, ends({ kind: "forgotten" }, "errory")],
    [lonely, { on: "overwhelmed" }, tooMany],
    [lonely, serverError, crowded],
    [lonely, turnedAway, ends({ kind: "welcome", reason: "full" }, "unwelcome")],
    [lonely, { on: "unreachable", ending: unreachable }, ends(unreachable, "errory")],
    [happy, { on: "close" }, ends({ kind: "happy" }, "happy")],
    [happy, { on: "wrongPassword" }, ends({ kind: "wrongPassword" }, "scary")],
    [happy, { on: "overwhelmed" }, tooMany],
    [happy, serverError, crowded],
    [happy, turnedAway, ends({ kind: "welcome", reason: "full" }, "unwelcome")],
    [closing, turnedAway, [closing, giveUp]],
    [closing, serverError, [closing, giveUp]],
    closed({ kind: "happy" }, false, { kind: "happy" }),
    closed({ kind: "happy" }, true, { kind: "abandoned" }),
    closed({ kind: "lonely" }, true, { kind: "lonely" }),
    closed({ kind: "wrongPassword" }, false, { kind: "wrongPassword" }),
  ],
  refused: {},
});
