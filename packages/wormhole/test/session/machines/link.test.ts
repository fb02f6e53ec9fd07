import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/base/json.ts";
import { RETRY_JITTER, RETRY_MOST, WELCOME_DEADLINE } from "../../../src/session/limits.ts";
import { type Effect, to } from "../../../src/session/machines/effects.ts";
import { type Event, link, type Spelling, type State } from "../../../src/session/machines/link.ts";
import { prove } from "./prove.ts";

const common = { appId: "x", side: "us", client: ["program", "1"] as [string, string], first: false, attempts: 2 };
const reached = <A extends "fresh" | "connecting" | "greeting" | "minting" | "up" | "waiting">(at: A) => ({
  ...common,
  at,
});
const never = <A extends "fresh" | "connecting" | "greeting" | "minting" | "waiting">(at: A) => ({
  ...reached(at),
  first: true,
  attempts: 0,
});
const names: Spelling[] = ["submit-permissions", "submit-permission"];
const submitting = (left: Spelling[]): State & { at: "submitting" } => ({
  ...common,
  at: "submitting",
  stamp: "1:…",
  names: left,
});
const stopped: State = { at: "stopped" };
const open: Effect = { do: "open" };
const greeted: Effect = { do: "cancelTimer", name: "welcome" };
const hangUp: Effect = { do: "hangUp" };
const hungUp = [stopped, greeted, hangUp] as const;
const awake: Effect = { do: "cancelTimer", name: "retry" };
const loss: Event = { on: "lost", failure: "closed", detail: "cut" };
const refusal: Event = { on: "refused", reason: "crowded" };
const refused = to("boss", { on: "serverError", reason: "crowded" });
const giveUp = to("terminator", { on: "giveUp" });
const moved: Event = { on: "moved" };
/** The third attempt: 2.25 seconds, and 7/256 of the jitter. */
const retry: Effect = { do: "setTimer", name: "retry", after: 2250 + (1000 * 7) / 256 };
const waiting: State = { ...reached("waiting"), attempts: 3 };
const unreachable = (failure: "closed" | "not-a-mailbox-server", detail: string) =>
  to("boss", { on: "unreachable", ending: { kind: "unreachable", failure, detail } });
const welcomed = (welcome: JsonObject): Event => ({ on: "welcomed", welcome });
const up: State = { ...reached("up"), attempts: 0 };
const introductions: Effect[] = [
  { do: "introduce", command: { type: "bind", appid: "x", side: "us", client_version: ["program", "1"] } },
  to("allocator", { on: "linked" }),
  to("lister", { on: "linked" }),
  to("nameplate", { on: "linked" }),
  to("mailbox", { on: "linked" }),
];
const submitted = (type: Spelling): Effect[] => [
  { do: "introduce", command: { type, method: "hashcash", stamp: "1:…" } },
  { do: "introduce", command: { type: "ping", ping: 0 } },
];
const wants = (bits: number) => ({ "permission-required": { hashcash: { bits, resource: "r" } } });

prove("link", {
  transitions: [
    [never("fresh"), { on: "start" }, [never("connecting"), open]],
    [never("fresh"), { on: "leaving" }, [never("fresh"), giveUp]],
    [reached("fresh"), { on: "leaving" }, [reached("fresh")]],
    [reached("fresh"), { on: "stop" }, [stopped]],
    [
      reached("connecting"),
      { on: "opened" },
      [reached("greeting"), { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE }],
    ],
    [never("connecting"), loss, [{ ...never("waiting"), attempts: 1 }, unreachable("closed", "cut")]],
    [reached("connecting"), loss, [waiting, retry]],
    [never("connecting"), { on: "leaving" }, [never("connecting"), giveUp]],
    [reached("connecting"), { on: "leaving" }, [reached("connecting")]],
    [reached("connecting"), { on: "stop" }, hungUp],
    [never("greeting"), welcomed({}), [up, greeted, ...introductions]],
    [reached("greeting"), welcomed(wants(20)), [reached("minting"), greeted, { do: "mint", bits: 20, resource: "r" }]],
    [
      reached("greeting"),
      welcomed(wants(27)),
      [
        reached("greeting"),
        greeted,
        to("boss", { on: "turnedAway", reason: "it wants more work (27 bits) than is reasonable (26 bits)" }),
      ],
    ],
    [reached("greeting"), refusal, [reached("greeting"), refused]],
    [reached("greeting"), loss, [waiting, greeted, retry]],
    [reached("greeting"), { on: "silent" }, [waiting, hangUp, retry]],
    [
      never("greeting"),
      { on: "silent" },
      [{ ...never("waiting"), attempts: 1 }, hangUp, unreachable("not-a-mailbox-server", "it does not greet as one")],
    ],
    [never("greeting"), { on: "leaving" }, [never("greeting"), giveUp]],
    [reached("greeting"), { on: "stop" }, hungUp],
    [reached("minting"), { on: "minted", stamp: "1:…" }, [submitting(names), ...submitted("submit-permissions")]],
    [reached("minting"), refusal, [reached("minting"), refused]],
    [reached("minting"), loss, [waiting, retry]],
    [never("minting"), { on: "leaving" }, [never("minting"), giveUp]],
    [reached("minting"), { on: "stop" }, hungUp],
    [submitting(names), { on: "pong" }, [up, ...introductions]],
    [submitting(names), refusal, [submitting(["submit-permission"]), ...submitted("submit-permission")]],
    [submitting(["submit-permission"]), refusal, [submitting(["submit-permission"]), refused]],
    [submitting(names), loss, [waiting, retry]],
    [submitting(names), { on: "leaving" }, [submitting(names)]],
    [submitting(names), { on: "stop" }, hungUp],
    [reached("up"), refusal, [reached("up"), refused]],
    [reached("up"), loss, [waiting, retry]],
    [
      reached("up"),
      { on: "lost", failure: "too-large", detail: "5 MB" },
      [waiting, retry, to("boss", { on: "serverError", reason: "a message of the other side is too large" })],
    ],
    [reached("up"), { on: "stop" }, hungUp],
    [reached("waiting"), { on: "retry" }, [reached("connecting"), open]],
    [never("waiting"), { on: "leaving" }, [never("waiting"), giveUp]],
    [reached("waiting"), { on: "leaving" }, [reached("waiting")]],
    // The addresses of this machine have changed: what there was is given up, and the next attempt is made at once.
    [never("connecting"), moved, [never("connecting"), hangUp, open]],
    [reached("connecting"), moved, [reached("connecting"), hangUp, open]],
    [reached("greeting"), moved, [reached("connecting"), greeted, hangUp, open]],
    [never("greeting"), moved, [never("connecting"), greeted, hangUp, open]],
    [reached("minting"), moved, [reached("connecting"), hangUp, open]],
    [submitting(names), moved, [reached("connecting"), hangUp, open]],
    [reached("up"), moved, [reached("connecting"), hangUp, open]],
    [reached("waiting"), moved, [reached("connecting"), awake, open]],
    [reached("waiting"), { on: "hurry" }, [reached("connecting"), awake, open]],
    [reached("up"), { on: "hurry" }, [reached("up"), { do: "probe" }]],
    [reached("waiting"), { on: "stop" }, [stopped, awake]],
  ],
  refused: {
    fresh: ["opened", "welcomed", "pong", "refused", "lost", "retry", "silent"],
    connecting: ["welcomed", "pong", "refused", "retry", "silent"],
    greeting: ["opened", "retry"],
    minting: ["opened", "retry"],
    submitting: ["opened", "retry"],
    up: ["opened", "retry"],
    waiting: ["opened"],
  },
});

describe("the wait before the next attempt", () => {
  const waits = (byte: number) =>
    Array.from({ length: 40 }, (_, attempts) => {
      const [, timer] = link.step({ ...reached("up"), attempts }, loss, () => Uint8Array.of(byte));
      return (timer as Effect & { do: "setTimer" }).after;
    });

  it("grows by half, up to a minute", () => {
    expect(waits(0).slice(0, 4)).toEqual([1000, 1500, 2250, 3375]);
    expect(waits(0).at(-1)).toBe(RETRY_MOST);
  });

  it("is spread over one second more", () => {
    const extra = waits(255).map((wait, attempts) => wait - (waits(0)[attempts] ?? 0));
    for (const spread of extra) expect(spread).toBeCloseTo((RETRY_JITTER * 255) / 256);
  });
});
