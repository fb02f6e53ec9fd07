/** The lies of a hostile server in simulations. */
import type { JsonObject } from "../../packages/wormhole/src/base/json.ts";
import type { Chance } from "./chance.ts";

/** Makes a function that drops, changes, repeats and invents messages from the server. */
export function liar(
  chance: Chance,
): (message: JsonObject, tell: (message: JsonObject) => void) => JsonObject | undefined {
  const often = chance.pick([3, 10, 40]);
  const heard: JsonObject[] = [];
  return (message, tell) => {
    if (message.type === "message") heard.push(message);
    return chance.once(often) ? chance.pick(LIES)(message, tell, heard, chance) : message;
  };
}

type Lie = (
  message: JsonObject,
  tell: (m: JsonObject) => void,
  heard: JsonObject[],
  chance: Chance,
) => JsonObject | undefined;

const other = "ffffffffff";
const LIES: Lie[] = [
  () => undefined,
  (message) => ({ ...message, side: other }),
  (message) => ({ ...message, welcome: { "permission-required": { hashcash: { bits: 1e9, resource: "x" } } } }),
  (message) => ({ ...message, phase: "version" }),
  (message, _, __, chance) => ({ ...message, phase: String(chance.number(4)) }),
  (message, _, __, chance) => ({ ...message, phase: `dilate-${chance.number(4)}` }),
  (message) => ({ ...message, body: `00${String(message.body ?? "").slice(2)}` }),
  (message) => ({ ...message, body: "not hex" }),
  (message) => ({ ...message, body: 7 }),
  (message, tell) => {
    tell({ type: "message", side: other, phase: "pake", body: hex('{"pake_v1":"53"}') });
    return message;
  },
  (message, tell, heard, chance) => {
    if (heard.length > 0) tell({ ...chance.pick(heard), side: chance.pick([other, "0000000000"]) });
    return message;
  },
  (message, tell, heard, chance) => {
    if (heard.length > 0) tell(chance.pick(heard));
    return message;
  },
  (message, tell) => {
    tell(message);
    return { type: "error", error: "no" };
  },
  (message, tell, _, chance) => {
    tell(chance.pick(INVENTED));
    return message;
  },
  (message, tell, _, chance) => {
    if (chance.once(20))
      for (let n = 0; n < FLOOD; n++) tell({ type: "message", side: other, phase: `p${n}`, body: "00" });
    return message;
  },
];

/** More messages than an honest peer sends. */
const FLOOD = 1_100;

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
