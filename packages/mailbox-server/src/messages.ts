/** The messages that the server sends, after server-protocol.md of magic-wormhole-protocols. */
import type { JsonValue } from "../../internal/src/json.ts";
import type { CommandId } from "./commands.ts";

/** The source address of a client's connection, as the server sees it. Unknown parts are left out. */
export interface ClientAddress {
  readonly port?: number;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** The content of the first message to every client. */
export interface Welcome {
  /** A text of the operator, shown to people. */
  readonly motd?: string;
  /** The release of the Python program that the operator recommends. */
  readonly current_cli_version?: string;
  /** Why this server refuses every client. A client shows the text and ends. */
  readonly error?: string;
  readonly "your-address"?: ClientAddress;
}

/** A message that a side has left in a mailbox. */
export interface SideMessage {
  readonly type: "message";
  readonly side: string;
  readonly phase: string;
  readonly body: string;
  /** The `id` of the `add`. */
  readonly id: CommandId;
  /** When it arrived, in seconds since 1970. */
  readonly server_rx: number;
}

/** Any message of the server, without its time. */
export type ServerMessage =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "ack"; readonly id: CommandId }
  | { readonly type: "nameplates"; readonly nameplates: readonly { readonly id: string }[] }
  | { readonly type: "allocated"; readonly nameplate: string }
  | { readonly type: "claimed"; readonly mailbox: string }
  | { readonly type: "released" }
  | { readonly type: "closed" }
  | SideMessage
  | { readonly type: "pong"; readonly pong: JsonValue }
  | { readonly type: "error"; readonly error: string; readonly orig: JsonValue };

/** Encodes a message as JSON, with `now` (seconds since 1970) as `server_tx`. */
export function encode(message: ServerMessage, now: number): string {
  return `${JSON.stringify(message).slice(0, -1)},"server_tx":${now}}`;
}
