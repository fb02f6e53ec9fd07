/** Converts states of format 1, which earlier versions of this library wrote. */
import { isObject, type JsonObject, type JsonValue } from "../../base/json.ts";

/**
 * Returns the same state in format 2. Nothing is checked here: if a part is missing or invalid, the result is not a valid
 * state either.
 *
 * Format 1 kept delivery and outcome in one machine `boss`, and the permission in the link. It left out empty parts.
 */
export function fromFormat1(state: JsonObject): JsonObject {
  const { boss, link, mailbox, receive, ...others } = part(state.session);
  const session: JsonObject = {
    ...others,
    ...delivered(part(boss)),
    ...linked(part(link)),
    mailbox: withComplete(part(mailbox)),
    receive: part(receive).at === "scared" ? { at: "undecryptable" } : part(receive),
  };
  return { ...state, session };
}

const EMPTY: JsonObject = { nextSend: 0, nextReceive: 0, held: {} };

function delivered({ at = null, ...boss }: JsonObject): JsonObject {
  if (at === "closing" || at === "closed") return { delivery: { at: "stopped" }, outcome: { at, ...boss } };
  const { welcomed = null, introduced = null, heldCode, dilation = EMPTY, ...messages } = boss;
  const code = heldCode === undefined ? {} : { code: heldCode };
  const delivery = { at: greeting(welcomed, introduced), ...code, messages, controls: dilation };
  return { delivery, outcome: { at } };
}

function greeting(welcomed: JsonValue, introduced: JsonValue): JsonValue {
  if (typeof welcomed !== "boolean" || typeof introduced !== "boolean") return null;
  if (!welcomed) return "ungreeted";
  return introduced ? "introduced" : "greeted";
}

const OPEN = new Set<JsonValue>(["greeting", "minting", "submitting"]);

function linked({ at = null, ...link }: JsonObject): JsonObject {
  return { link: { ...link, at: OPEN.has(at) ? "open" : at }, permission: { at: "unconnected" } };
}

function withComplete({ complete = {}, ...mailbox }: JsonObject): JsonObject {
  return mailbox.at === "open" ? { ...mailbox, complete } : mailbox;
}

function part(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
