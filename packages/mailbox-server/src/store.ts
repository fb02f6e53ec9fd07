/**
 * What the server remembers, and the little that its rules need of a database.
 *
 * A store only keeps records; who may claim, open and close is decided by the rules, the same for every store.
 */
import type { CommandId } from "./commands.ts";

/** A short number that leads to a mailbox while its sides meet. */
export interface Nameplate {
  /** The id of its mailbox, in the same app. */
  readonly mailbox: string;
  /** The sides that have claimed it: one or two. */
  readonly holders: readonly Holder[];
}

export interface Holder {
  readonly side: string;
  /** It has given the nameplate back, and may not claim it again. */
  readonly released: boolean;
}

/** A place where two sides leave messages for each other. */
export interface Mailbox {
  /** The nameplate that it was made for, perhaps gone by now; null if somebody opened it by its id. */
  readonly nameplate: string | null;
  /** The sides that have entered it: one or two. */
  readonly members: readonly Member[];
  /** How many messages it holds. The first has the number 1, and none is ever taken out alone. */
  readonly messages: number;
  /** The size of their bodies together. */
  readonly bytes: number;
  /** When it was last used, in seconds that the server has been up. */
  readonly touched: number;
}

export interface Member {
  readonly side: string;
  /** It has not closed the mailbox, or has opened it again. */
  readonly open: boolean;
}

export interface StoredMessage {
  /** 1, 2, 3… in order of arrival. */
  readonly number: number;
  readonly side: string;
  readonly phase: string;
  readonly body: string;
  readonly id: CommandId;
  /** When it arrived, in seconds since 1970. Says nothing about order: clocks step back. */
  readonly receivedAt: number;
}

/** The name of a mailbox: ids of different apps have nothing to do with each other. */
export interface MailboxName {
  readonly app: string;
  readonly id: string;
}

/** An app and a name or side in it as one string, never the same one for two pairs. */
export function key(app: string, name: string): string {
  return `${app.length}:${app}${name}`;
}

/**
 * Keeps nameplates, mailboxes and messages.
 *
 * Changes are seen at once, and are kept for good by `commit`: whoever uses a store tells nobody about a change before.
 * A method that throws leaves the changes since the last commit to be taken back with `rollback`.
 */
export interface Store {
  nameplate(app: string, name: string): Nameplate | undefined;
  saveNameplate(app: string, name: string, nameplate: Nameplate): void;
  removeNameplate(app: string, name: string): void;
  /** At most `limit` nameplates of an app, sorted as strings. */
  listNameplates(app: string, limit: number): string[];
  /** How many nameplates of an app have that many digits; need not count further than `limit`. */
  countNameplates(app: string, digits: number, limit: number): number;
  /** A nameplate whose first holder is this side, and that this side has not released. */
  nameplateOf(app: string, side: string): string | undefined;

  mailbox(app: string, id: string): Mailbox | undefined;
  saveMailbox(app: string, id: string, mailbox: Mailbox): void;
  /** Marks a mailbox as used just now; does nothing if there is none. */
  touchMailbox(app: string, id: string, touched: number): void;
  /** Forgets a mailbox and its messages. */
  removeMailbox(app: string, id: string): void;
  /** At most `limit` mailboxes that were last used before that time. */
  idleMailboxes(before: number, limit: number): MailboxName[];

  addMessage(app: string, mailbox: string, message: StoredMessage): void;
  /** A mailbox's messages with a number above `after`, in order, read one by one as they are asked for. */
  messages(app: string, mailbox: string, after: number): Iterable<StoredMessage>;

  /** For how many seconds servers have been up with this store, as last saved. */
  upTime(): number;
  saveUpTime(seconds: number): void;

  /** Makes all changes so far durable together. @throws if it cannot; none of them has happened then. */
  commit(): void;
  /** Takes back all changes since the last commit. */
  rollback(): void;
  close(): void;
}
