/** The table of the machine `permission`: the welcome and the permission before `bind`. */
import { WELCOME_DEADLINE_MS } from "../../../src/session/limits.ts";
import { type Effect, to } from "../../../src/session/machines/effects.ts";
import type { Event, Spelling, State } from "../../../src/session/machines/permission.ts";
import { prove } from "./prove.ts";

const unconnected: State = { at: "unconnected" };
const greeting: State = { at: "greeting" };
const minting: State = { at: "minting" };
const granted: State = { at: "granted" };
const names: Spelling[] = ["submit-permissions", "submit-permission"];
const submitting = (left: Spelling[]): State => ({ at: "submitting", stamp: "1:…", names: left });
const submitted = (type: Spelling): Effect[] => [
  { do: "introduce", command: { type, method: "hashcash", stamp: "1:…" } },
  { do: "introduce", command: { type: "ping", ping: 0 } },
];
const deadline: Effect = { do: "setTimer", name: "welcome", after: WELCOME_DEADLINE_MS };
const noDeadline: Effect = { do: "cancelTimer", name: "welcome" };
const permitted = to("link", { on: "permitted" });
const refusal: Event = { on: "refused", reason: "crowded" };
const refused = to("outcome", { on: "serverError", reason: "crowded" });
const wants = (bits: number): Event => ({
  on: "greeted",
  welcome: { "permission-required": { hashcash: { bits, resource: "r" } } },
});
const tooMuch = "it requires more work (25 bits) than this program accepts (24 bits)";
const tooOften = "it requires more work again and again than this program accepts";
const spent = <S extends State>(state: S, work: number): S => ({ ...state, work });
const lost: Event = { on: "disconnected" };

// proves: session/welcome-deadline, session/permission-before-bind, session/work-limit
prove("permission", {
  transitions: [
    [unconnected, { on: "opened" }, [greeting, deadline]],
    [greeting, { on: "greeted", welcome: {} }, [granted, noDeadline, permitted]],
    [greeting, wants(20), [spent(minting, 2 ** 20), noDeadline, { do: "mint", bits: 20, resource: "r" }]],
    [greeting, wants(25), [greeting, noDeadline, to("outcome", { on: "turnedAway", reason: tooMuch })]],
    // Each stamp counts, until the link has been up for a while.
    [
      spent(greeting, 2 ** 24),
      wants(24),
      [spent(minting, 2 ** 25), noDeadline, { do: "mint", bits: 24, resource: "r" }],
    ],
    [
      spent(greeting, 2 ** 24 + 1),
      wants(24),
      [spent(greeting, 2 ** 24 + 1), noDeadline, to("outcome", { on: "turnedAway", reason: tooOften })],
    ],
    [spent(greeting, 5), { on: "greeted", welcome: {} }, [spent(granted, 5), noDeadline, permitted]],
    [spent(unconnected, 5), { on: "opened" }, [spent(greeting, 5), deadline]],
    [spent(greeting, 5), lost, [spent(unconnected, 5), noDeadline]],
    [spent(minting, 5), lost, [spent(unconnected, 5)]],
    [spent(submitting(names), 5), lost, [spent(unconnected, 5)]],
    [spent(submitting(names), 5), { on: "pong" }, [spent(granted, 5), permitted]],
    [spent(granted, 5), lost, [spent(unconnected, 5)]],
    [spent(granted, 5), { on: "steady" }, [spent(granted, 0)]],
    [spent(granted, 2 ** 21), { on: "steady" }, [spent(granted, 2 ** 20)]],
    [granted, { on: "steady" }, [granted]],
    [greeting, refusal, [greeting, refused]],
    [greeting, { on: "silent" }, [unconnected, to("link", { on: "silent" })]],
    [greeting, lost, [unconnected, noDeadline]],
    [minting, { on: "minted", stamp: "1:…" }, [submitting(names), ...submitted("submit-permissions")]],
    [minting, refusal, [minting, refused]],
    [minting, lost, [unconnected]],
    [submitting(names), { on: "pong" }, [granted, permitted]],
    // The second name is tried before the refusal counts.
    [submitting(names), refusal, [submitting(["submit-permission"]), ...submitted("submit-permission")]],
    [submitting(["submit-permission"]), refusal, [submitting(["submit-permission"]), refused]],
    [submitting(names), lost, [unconnected]],
    [granted, refusal, [granted, to("nameplate", { on: "denied", reason: "crowded" })]],
    [granted, lost, [unconnected]],
  ],
  refused: { greeting: ["opened"], minting: ["opened"], submitting: ["opened"], granted: ["opened"] },
});
