/**
 * The messages of clients, decoded strictly: each is a typed command, or the text of the error that answers it.
 * The commands are those of server-protocol.md of magic-wormhole-protocols.
 */
import { deeperThan, field, isObject, type JsonObject, type JsonValue } from "../../internal/src/json.ts";
import * as limits from "./limits.ts";

/** A valid command. Fields that the server does not need, such as `client_version` and `mood`, are ignored. */
export type Command =
  | { readonly type: "ping"; readonly ping: JsonValue }
  | { readonly type: "bind"; readonly appid: string; readonly side: string }
  | { readonly type: "list" }
  | { readonly type: "allocate" }
  | { readonly type: "claim"; readonly nameplate: string }
  | { readonly type: "release"; readonly nameplate: string | undefined }
  | { readonly type: "open"; readonly mailbox: string }
  | { readonly type: "add"; readonly phase: string; readonly body: string }
  | { readonly type: "close"; readonly mailbox: string | undefined };

/** The `id` that a client has given one of its commands; null if it gave none. */
export type CommandId = string | number | null;

/** One message of a client. */
export interface Request {
  /** The id to acknowledge; undefined if the message is no command at all and is answered by an error only. */
  readonly id: CommandId | undefined;
  /** The command, or the text of the error that answers it. */
  readonly command: Command | { readonly type: "error"; readonly error: string };
  /** The message for the `orig` of an error: shortened if it is long, and the bare text if it is not an object. */
  readonly orig: JsonValue;
}

/** Decodes one message of a client. Never throws. */
export function decode(text: string): Request {
  const message = parse(text);
  if (typeof message === "string") return { ...error(message), id: undefined, orig: text.slice(0, limits.ORIG_FIELD) };
  const deep = deeperThan(message, limits.MAX_JSON_DEPTH);
  const orig = deep || text.length > limits.MAX_ORIG ? shortened(message) : message;
  const type = field(message, "type");
  if (type === undefined) return { ...error("missing 'type'"), id: undefined, orig };
  const id = field(message, "id") ?? null;
  if (!isCommandId(id)) return { ...error(`'id' must be a string of at most ${limits.MAX_ID} bytes`), id: null, orig };
  return { id, orig, ...(deep ? error("nested too deeply") : command(type, message)) };
}

type Outcome = Pick<Request, "command">;

const error = (text: string): Outcome => ({ command: { type: "error", error: text } });

/** The JSON object in a text, or the text of an error. */
function parse(text: string): JsonObject | string {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : "not a JSON object";
  } catch {
    return "not JSON";
  }
}

function isCommandId(id: JsonValue): id is CommandId {
  return id === null || typeof id === "number" || (typeof id === "string" && fits(id, limits.MAX_ID));
}

function command(type: JsonValue, message: JsonObject): Outcome {
  if (typeof type !== "string" || !Object.hasOwn(decoders, type)) return error("unknown type");
  try {
    return { command: decoders[type as Command["type"]](message) };
  } catch (cause) {
    if (cause instanceof Malformed) return error(cause.message);
    throw cause;
  }
}

const decoders: { readonly [T in Command["type"]]: (message: JsonObject) => Extract<Command, { type: T }> } = {
  ping: (message) => ({ type: "ping", ping: needed(message, "ping", "ping requires 'ping'") }),
  bind: (message) => ({
    type: "bind",
    appid: string(needed(message, "appid", "bind requires 'appid'"), "appid", limits.MAX_APP_ID),
    side: string(needed(message, "side", "bind requires 'side'"), "side", limits.MAX_SIDE),
  }),
  list: () => ({ type: "list" }),
  allocate: () => ({ type: "allocate" }),
  claim: (message) => ({
    type: "claim",
    nameplate: nameplate(needed(message, "nameplate", "claim requires 'nameplate'")),
  }),
  // A client whose claim of an invalid nameplate was refused still releases it at its end, and waits for the answer.
  release: (message) => ({ type: "release", nameplate: optional(message, "nameplate", released) }),
  open: (message) => ({ type: "open", mailbox: mailbox(needed(message, "mailbox", "open requires 'mailbox'")) }),
  add: (message) => ({
    type: "add",
    phase: string(needed(message, "phase", "missing 'phase'"), "phase", limits.MAX_PHASE),
    body: string(needed(message, "body", "missing 'body'"), "body", limits.MAX_MESSAGE_BYTES),
  }),
  close: (message) => ({ type: "close", mailbox: optional(message, "mailbox", mailbox) }),
};

/** A field is missing or invalid. The message is the error text for the client. */
class Malformed extends Error {}

function needed(message: JsonObject, name: string, error: string): JsonValue {
  const value = field(message, name);
  if (value === undefined) throw new Malformed(error);
  return value;
}

function optional<T>(message: JsonObject, name: string, check: (value: JsonValue) => T): T | undefined {
  const value = field(message, name) ?? null;
  return value === null ? undefined : check(value);
}

function string(value: JsonValue, name: string, bytes: number): string {
  if (typeof value !== "string") throw new Malformed(`'${name}' must be a string`);
  if (!fits(value, bytes)) throw new Malformed(`'${name}' must be text of at most ${bytes} bytes`);
  return value;
}

const mailbox = (value: JsonValue) => string(value, "mailbox", limits.MAX_MAILBOX_ID);

/** A nameplate is a name of 1 to 40 ASCII digits: `7` and `07` are different ones. */
function nameplate(value: JsonValue): string {
  if (typeof value !== "string" || !/^[0-9]{1,40}$/.test(value)) {
    throw new Malformed("'nameplate' must be a string of 1 to 40 digits");
  }
  return value;
}

/** A nameplate to release, valid or not: one that is not held counts as released. */
const released = (value: JsonValue) => string(value, "nameplate", limits.MAX_MESSAGE_BYTES);

/** Whether text has at most that many bytes, and is well-formed Unicode, which every store returns unchanged. */
function fits(text: string, bytes: number): boolean {
  return text.length <= bytes && Buffer.byteLength(text) <= bytes && text.isWellFormed();
}

/** The fields of a long message, each cut short, without nested values. */
function shortened(message: JsonObject): JsonObject {
  const cut = (value: JsonValue) => (typeof value === "string" ? value.slice(0, limits.ORIG_FIELD) : value);
  const flat = Object.entries(message).filter(([, value]) => typeof value !== "object" || value === null);
  return Object.fromEntries(
    flat.slice(0, limits.ORIG_FIELDS).map(([name, value]) => [name.slice(0, limits.ORIG_FIELD), cut(value)]),
  );
}
