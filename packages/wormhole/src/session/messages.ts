/** What is said between client and mailbox server: server-protocol.md of magic-wormhole-protocols. */
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { field, isObject, type JsonObject, parseObject } from "../base/json.ts";
import { isNameplate } from "./code-words.ts";

/** How a session ended, as the server is told. */
export type Mood = "happy" | "lonely" | "scary" | "errory" | "unwelcome";

/** What a client says. */
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

/** What a server says, as far as it concerns a client. */
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
  /** Something new, or of no consequence. */
  | { type: "other" };

export function encodeCommand(command: Command): string {
  return JSON.stringify(command.type === "add" ? { ...command, body: bytesToHex(command.body) } : command);
}

/** Decodes what a server sent; `undefined` if it is not what a mailbox server says. */
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
    // It becomes the beginning of a code, which people read from their terminal and type.
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

/** A body that is no hex becomes an empty one: no key opens that, which is the right answer to it. */
function decodeBody(body: unknown): Uint8Array {
  if (typeof body !== "string") return new Uint8Array();
  try {
    return hexToBytes(body);
  } catch {
    return new Uint8Array();
  }
}
