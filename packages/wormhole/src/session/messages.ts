/** The messages between client and mailbox server: server-protocol.md of magic-wormhole-protocols. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { field, isObject, type JsonObject, parseObject } from "../base/json.ts";
import { oneOf, type Shape } from "../base/shape.ts";
import { isNameplate } from "./code-words.ts";

/** How a session ended, as the protocol names it. */
export type Mood = "happy" | "lonely" | "scary" | "errory" | "unwelcome";

/** The shape of a {@link Mood} in a saved state. */
export const moodShape: Shape<Mood> = oneOf<Mood>({
  happy: true,
  lonely: true,
  scary: true,
  errory: true,
  unwelcome: true,
});

/** A message from a client. */
export type Command =
  | { type: "bind"; appid: string; side: string; client_version: [string, string] }
  | { type: "submit-permissions" | "submit-permission"; method: "hashcash"; stamp: string }
  | { type: "ping"; ping: number }
  | { type: "list" }
  | { type: "allocate" }
  | { type: "claim"; nameplate: string }
  | { type: "release"; nameplate: string }
  | { type: "open"; mailbox: string }
  | { type: "add"; phase: string; body: Uint8Array }
  | { type: "close"; mailbox: string; mood: Mood };

/** A message from a server, reduced to the fields that a client uses. */
export type ServerMessage =
  | { type: "welcome"; welcome: JsonObject }
  | { type: "nameplates"; nameplates: string[] }
  | { type: "allocated"; nameplate: string }
  | { type: "claimed"; mailbox: string }
  | { type: "released" }
  | { type: "closed" }
  | { type: "message"; side: string; phase: string; body: Uint8Array }
  | { type: "pong" }
  | { type: "error"; error: string }
  /** A message that needs no reaction, such as `ack`, or of a type from a later version. */
  | { type: "other" };

/** The JSON of a command. */
export function encodeCommand(command: Command): string {
  return JSON.stringify(command.type === "add" ? { ...command, body: bytesToHex(command.body) } : command);
}

/** Decodes a message from a server. Returns `undefined` if it is not a valid message of the protocol. */
export function decodeServerMessage(text: string): ServerMessage | undefined {
  const object = parseObject(text);
  const type = object && field(object, "type");
  if (!object || typeof type !== "string") return undefined;
  const decode = Object.hasOwn(DECODERS, type) ? DECODERS[type] : undefined;
  return decode ? decode(object) : { type: "other" };
}

const DECODERS: Record<string, (object: JsonObject) => ServerMessage | undefined> = {
  welcome(object) {
    const welcome = field(object, "welcome");
    return isObject(welcome) ? { type: "welcome", welcome } : undefined;
  },
  nameplates(object) {
    const list = field(object, "nameplates");
    if (!Array.isArray(list)) return undefined;
    const ids = list.map((entry) => (isObject(entry) ? field(entry, "id") : undefined));
    return { type: "nameplates", nameplates: ids.filter(isNameplate) };
  },
  allocated(object) {
    const nameplate = field(object, "nameplate");
    // It becomes the beginning of a code, which people read from a terminal and type.
    return isNameplate(nameplate) ? { type: "allocated", nameplate } : undefined;
  },
  claimed(object) {
    const mailbox = field(object, "mailbox");
    return typeof mailbox === "string" ? { type: "claimed", mailbox } : undefined;
  },
  released: () => ({ type: "released" }),
  closed: () => ({ type: "closed" }),
  pong: () => ({ type: "pong" }),
  message(object) {
    const [side, phase, body] = [field(object, "side"), field(object, "phase"), field(object, "body")];
    if (typeof side !== "string" || typeof phase !== "string") return undefined;
    return { type: "message", side, phase, body: decodeBody(body) };
  },
  error(object) {
    const error = field(object, "error");
    return { type: "error", error: typeof error === "string" ? error : "unknown error" };
  },
};

/** An invalid body becomes an empty one. No key decrypts that, so it ends the wormhole like any forged message. */
function decodeBody(body: unknown): Uint8Array {
  if (typeof body !== "string") return new Uint8Array();
  try {
    return hexToBytes(body);
  } catch {
    return new Uint8Array();
  }
}
