/** The table of the machine `link`: connecting, reconnecting and pausing. */
import { describe, expect, it } from "vitest";
import { RETRY_JITTER_MS, RETRY_MOST_MS, STEADY_MS } from "../../../src/session/limits.ts";
import { type Effect, to } from "../../../src/session/machines/effects.ts";
import { type Event, link, type State } from "../../../src/session/machines/link.ts";
import { prove } from "./prove.ts";

type Live = Exclude<State["at"], "stopped">;
const common = { appId: "x", side: "us", client: ["program", "1"] as [string, string], first: false, attempts: 2 };
/** A link that has been up before. */
const reached = <A extends Live>(at: A) => ({ ...common, at });
/** A link that has never been up. */
const never = <A extends Live>(at: A) => ({ ...reached(at), first: true, attempts: 0 });
const stopped: State = { at: "stopped" };
const open: Effect = { do: "open" };
const hangUp: Effect = { do: "hangUp" };
const disconnected = to("permission", { on: "disconnected" });
const hungUp = [stopped, disconnected, hangUp] as const;
const noRetry: Effect = { do: "cancelTimer", name: "retry" };
const loss: Event = { on: "lost", failure: "closed", detail: "cut" };
const giveUp = to("terminator", { on: "giveUp" });
const moved: Event = { on: "moved" };
/** After the third attempt: 2.25 seconds, and 7/256 of the jitter. */
const retry: Effect = { do: "setTimer", name: "retry", after: 2250 + (1000 * 7) / 256 };
const waiting: State = { ...reached("waiting"), attempts: 3 };
const failed: State = { ...never("waiting"), attempts: 1 };
const unreachable = (failure: "closed" | "not-a-mailbox-server", detail: string) =>
  to("outcome", { on: "unreachable", ending: { kind: "unreachable", failure, detail } });
const up: State = { ...reached("up"), attempts: 0 };
const steady: Effect = { do: "setTimer", name: "steady", after: STEADY_MS };
const notSteady: Effect = { do: "cancelTimer", name: "steady" };
const introductions: Effect[] = [
  steady,
  { do: "introduce", command: { type: "bind", appid: "x", side: "us", client_version: ["program", "1"] } },
  to("allocator", { on: "linked" }),
  to("lister", { on: "linked" }),
  to("nameplate", { on: "linked" }),
];

// proves: session/first-failure-is-final, session/link-restored, session/pauses-grow
prove("link", {
  transitions: [
    [never("fresh"), { on: "start" }, [never("connecting"), open]],
    [never("fresh"), { on: "leaving" }, [never("fresh"), giveUp]],
    [reached("fresh"), { on: "leaving" }, [reached("fresh")]],
    [reached("fresh"), { on: "stop" }, [stopped]],
    [reached("connecting"), { on: "opened" }, [reached("open"), to("permission", { on: "opened" })]],
    [never("connecting"), loss, [failed, disconnected, unreachable("closed", "cut")]],
    [reached("connecting"), loss, [waiting, disconnected, retry]],
    [never("connecting"), { on: "leaving" }, [never("connecting"), giveUp]],
    [reached("connecting"), { on: "leaving" }, [reached("connecting")]],
    [reached("connecting"), { on: "stop" }, hungUp],
    [never("open"), { on: "permitted" }, [up, ...introductions]],
    // To be admitted is no proof that the server is of any use.
    [reached("open"), { on: "permitted" }, [reached("up"), ...introductions]],
    [reached("up"), { on: "useful" }, [up]],
    [reached("up"), { on: "steady" }, [up, to("permission", { on: "steady" })]],
    [reached("open"), loss, [waiting, disconnected, retry]],
    [reached("open"), { on: "silent" }, [waiting, hangUp, disconnected, retry]],
    [
      never("open"),
      { on: "silent" },
      [failed, hangUp, disconnected, unreachable("not-a-mailbox-server", "it sent no welcome in time")],
    ],
    [never("open"), { on: "leaving" }, [never("open"), giveUp]],
    [reached("open"), { on: "leaving" }, [reached("open")]],
    [reached("open"), { on: "stop" }, hungUp],
    [reached("up"), loss, [waiting, notSteady, disconnected, retry]],
    [
      reached("up"),
      { on: "lost", failure: "too-large", detail: "5 MB" },
      [
        waiting,
        notSteady,
        disconnected,
        retry,
        to("outcome", { on: "serverError", reason: "a message from the other side is too large" }),
      ],
    ],
    [reached("up"), { on: "hurry" }, [reached("up"), { do: "probe" }]],
    [reached("up"), { on: "stop" }, [stopped, notSteady, disconnected, hangUp]],
    [reached("waiting"), { on: "retry" }, [reached("connecting"), open]],
    [reached("waiting"), { on: "hurry" }, [reached("connecting"), noRetry, open]],
    [never("waiting"), { on: "leaving" }, [never("waiting"), giveUp]],
    [reached("waiting"), { on: "leaving" }, [reached("waiting")]],
    [reached("waiting"), { on: "stop" }, [stopped, noRetry]],
    // After a change of addresses, the connection is abandoned, and the next attempt starts at once.
    [never("connecting"), moved, [never("connecting"), disconnected, hangUp, open]],
    [reached("connecting"), moved, [reached("connecting"), disconnected, hangUp, open]],
    [never("open"), moved, [never("connecting"), disconnected, hangUp, open]],
    [reached("open"), moved, [reached("connecting"), disconnected, hangUp, open]],
    [reached("up"), moved, [reached("connecting"), notSteady, disconnected, hangUp, open]],
    [reached("waiting"), moved, [reached("connecting"), noRetry, open]],
  ],
  refused: {
    fresh: ["opened", "permitted", "silent", "lost", "retry"],
    connecting: ["permitted", "silent", "retry"],
    open: ["opened", "retry"],
    up: ["opened", "permitted", "silent", "retry"],
    waiting: ["opened", "permitted", "silent"],
  },
});

describe("the pause before the next attempt", () => {
  const pauses = (byte: number) =>
    Array.from({ length: 40 }, (_, attempts) => {
      const [, , timer] = link.step({ ...reached("connecting"), attempts }, loss, () => Uint8Array.of(byte));
      return (timer as Effect & { do: "setTimer" }).after;
    });

  // proves: session/link-restored
  it("grows by half, up to a minute", () => {
    expect(pauses(0).slice(0, 4)).toEqual([1000, 1500, 2250, 3375]);
    expect(pauses(0).at(-1)).toBe(RETRY_MOST_MS);
  });

  it("has up to one second of jitter", () => {
    const extra = pauses(255).map((pause, attempts) => pause - (pauses(0)[attempts] ?? 0));
    for (const spread of extra) expect(spread).toBeCloseTo((RETRY_JITTER_MS * 255) / 256);
  });
});
