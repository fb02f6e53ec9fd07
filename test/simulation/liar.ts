/** A hostile server for simulations. */
import type { JsonObject } from "../../packages/wormhole/src/base/json.ts";
import type { Chance } from "./chance.ts";

/** Returns what a client receives in place of a message of the server. */
export type Lies = (message: JsonObject) => readonly JsonObject[];

/** Makes a function that drops, changes, repeats and invents messages of the server. */
export function liar(chance: Chance): Lies {
  const often = chance.pick([3, 10, 40]);
  const heard: JsonObject[] = [];
  return (message) => {
    if (message.type === "message") heard.push(message);
    return chance.once(often) ? chance.pick(LIES)(message, heard, chance) : [message];
  };
}

type Lie = (message: JsonObject, heard: readonly JsonObject[], chance: Chance) => readonly JsonObject[];

const other = "ffffffffff";
const LIES: Lie[] = [
  () => [],
  (message) => [{ ...message, side: other }],
  (message) => [{ ...message, welcome: { "permission-required": { hashcash: { bits: 1e9, resource: "x" } } } }],
  (message) => [{ ...message, phase: "version" }],
  (message, _, chance) => [{ ...message, phase: String(chance.number(4)) }],
  (message, _, chance) => [{ ...message, phase: `dilate-${chance.number(4)}` }],
  (message) => [{ ...message, body: `00${String(message.body ?? "").slice(2)}` }],
  (message) => [{ ...message, body: "not hex" }],
  (message) => [{ ...message, body: 7 }],
  (message) => [{ type: "message", side: other, phase: "pake", body: hex('{"pake_v1":"53"}') }, message],
  (message, heard, chance) =>
    heard.length > 0 ? [{ ...chance.pick(heard), side: chance.pick([other, "0000000000"]) }, message] : [message],
  (message, heard, chance) => (heard.length > 0 ? [chance.pick(heard), message] : [message]),
  (message) => [message, { type: "error", error: "no" }],
  (message, _, chance) => [chance.pick(INVENTED), message],
  (message, _, chance) => (chance.once(20) ? [...flood(), message] : [message]),
];

/** More messages than an honest peer sends. */
const FLOOD = 1_100;

function flood(): JsonObject[] {
  return Array.from({ length: FLOOD }, (_, n) => ({ type: "message", side: other, phase: `p${n}`, body: "00" }));
}

const INVENTED: JsonObject[] = [
  { type: "error", error: "crowded" },
  { type: "welcome", welcome: { error: "go away" } },
  { type: "welcome", welcome: {} },
  { type: "welcome", welcome: { "permission-required": { hashcash: { bits: 60, resource: "x" } } } },
  { type: "welcome", welcome: { "permissions-required": { captcha: {} } } },
  { type: "claimed", mailbox: "elsewhere" },
  { type: "allocated", nameplate: "99" },
  { type: "released" },
  { type: "closed" },
  { type: "nameplates", nameplates: [] },
  { type: "message" },
  { type: "message", side: other, phase: "0", body: "00" },
  { type: "__proto__" },
  {},
];

function hex(text: string): string {
  return Buffer.from(text).toString("hex");
}
