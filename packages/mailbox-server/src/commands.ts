/**
 * What clients say, decoded strictly: a typed command, or the text of the error that answers it.
 * The commands are those of server-protocol.md of magic-wormhole-protocols.
 */
import { deeperThan, field, isObject, type JsonObject, type JsonValue } from "./json.ts";
import * as limits from "./limits.ts";

/** A command that can be obeyed. Fields that nothing here needs, such as `client_version` and `mood`, are not read. */
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

/** What a client calls one of its commands; null if it did not say. */
export type CommandId = string | number | null;

/** One message of a client. */
export interface Request {
  /** What to acknowledge; undefined when the message is no command at all, and gets only an error. */
  readonly id: CommandId | undefined;
  /** The command, or the error text that answers it. */
  readonly command: Command | { readonly type: "error"; readonly error: string };
  /** What came, for an error's `orig`: shortened if it is long, the bare text if it is not an object. */
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

/** The object that a text is, or what is wrong with it. */
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
  // A client that could not claim what is no nameplate still releases it at its end, and waits for the answer.
  release: (message) => ({ type: "release", nameplate: optional(message, "nameplate", released) }),
  open: (message) => ({ type: "open", mailbox: mailbox(needed(message, "mailbox", "open requires 'mailbox'")) }),
  add: (message) => ({
    type: "add",
    phase: string(needed(message, "phase", "missing 'phase'"), "phase", limits.MAX_PHASE),
    body: string(needed(message, "body", "missing 'body'"), "body", limits.MAX_MESSAGE),
  }),
  close: (message) => ({ type: "close", mailbox: optional(message, "mailbox", mailbox) }),
};

/** A field that cannot be right; its message is the error text for the client. */
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

/** A nameplate is 1 to 40 ASCII digits. Leading zeros make another name, not another number. */
function nameplate(value: JsonValue): string {
  if (typeof value !== "string" || !/^[0-9]{1,40}$/.test(value)) {
    throw new Malformed("'nameplate' must be a string of 1 to 40 digits");
  }
  return value;
}

/** Whatever a client calls it: what nobody holds is released already. */
const released = (value: JsonValue) => string(value, "nameplate", limits.MAX_MESSAGE);

/** Whether text is real Unicode, so that every store gives it back unchanged, and has at most that many bytes. */
function fits(text: string, bytes: number): boolean {
  return text.length <= bytes && Buffer.byteLength(text) <= bytes && text.isWellFormed();
}

/** A long message's fields, each cut short; what is nested is left out. */
function shortened(message: JsonObject): JsonObject {
  const cut = (value: JsonValue) => (typeof value === "string" ? value.slice(0, limits.ORIG_FIELD) : value);
  const flat = Object.entries(message).filter(([, value]) => typeof value !== "object" || value === null);
  return Object.fromEntries(
    flat.slice(0, limits.ORIG_FIELDS).map(([name, value]) => [name.slice(0, limits.ORIG_FIELD), cut(value)]),
  );
}
