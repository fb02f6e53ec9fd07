/** What the server says: server-protocol.md of magic-wormhole-protocols. */
import type { CommandId } from "./commands.ts";
import type { JsonValue } from "./json.ts";

/** Where a client's connection comes from, as the server sees it. */
export interface Address {
  readonly port?: number;
  readonly ipv4?: string;
  readonly ipv6?: string;
}

/** What every client is told first. */
export interface Welcome {
  /** Words of the operator, shown to people. */
  readonly motd?: string;
  /** The release of the Python program that the operator recommends. */
  readonly current_cli_version?: string;
  /** This server will not serve: a client shows the text and ends. */
  readonly error?: string;
  /** The address that the client's connection came from. */
  readonly "your-address"?: Address;
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

/** The text of a message, stamped with `now`, in seconds since 1970. */
export function encode(message: ServerMessage, now: number): string {
  return `${JSON.stringify(message).slice(0, -1)},"server_tx":${now}}`;
}
