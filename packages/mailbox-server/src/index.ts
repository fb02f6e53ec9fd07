/** The Magic Wormhole mailbox server as a library: start one, or build another on its rules and stores. */
export type { Clock, Timer, WallClock } from "../../internal/src/clock.ts";
export type { JsonObject, JsonValue } from "../../internal/src/json.ts";
export type { StartError } from "../../internal/src/start-error.ts";
export { type Command, type CommandId, decode, type Request } from "./commands.ts";
export { MailboxServerError, type MailboxServerFailure } from "./errors.ts";
export { type ClientAddress, encode, type ServerMessage, type SideMessage, type Welcome } from "./messages.ts";
export {
  type Bound,
  type ClientState,
  type Effect,
  receive,
  type Step,
  shown,
  UNBOUND,
  type Unbound,
} from "./rules.ts";
export { type MailboxServer, type MailboxServerOptions, openStore, startMailboxServer } from "./server.ts";
export type { Holder, Mailbox, MailboxName, Member, Nameplate, Store, StoredMessage } from "./store.ts";
export { MemoryStore } from "./store-memory.ts";
export { openSqliteStore } from "./store-sqlite.ts";
export type { Policy, Random, World } from "./world.ts";
