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
const tooMuch = "it requires more work (27 bits) than this program accepts (26 bits)";
const lost: Event = { on: "disconnected" };

// proves: session/welcome-deadline, session/permission-before-bind, session/work-limit
prove("permission", {
  transitions: [
    [unconnected, { on: "opened" }, [greeting, deadline]],
    [greeting, { on: "greeted", welcome: {} }, [granted, noDeadline, permitted]],
    [greeting, wants(20), [minting, noDeadline, { do: "mint", bits: 20, resource: "r" }]],
    [greeting, wants(27), [greeting, noDeadline, to("outcome", { on: "turnedAway", reason: tooMuch })]],
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
