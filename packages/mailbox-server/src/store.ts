/**
 * The records that the server keeps, and the interface of a store.
 *
 * A store only keeps records. The rules decide which side may claim, open and close, in the same way for every store.
 */
import type { CommandId } from "./commands.ts";

/** A short number that leads to a mailbox. */
export interface Nameplate {
  /** The id of its mailbox, in the same app. */
  readonly mailbox: string;
  /** The sides that have claimed it: one or two. */
  readonly holders: readonly Holder[];
}

/** A side that has claimed a nameplate. */
export interface Holder {
  readonly side: string;
  /** Whether it has released the nameplate. If so, it may not claim it again. */
  readonly released: boolean;
}

/** A place where two sides leave messages for each other. */
export interface Mailbox {
  /** The nameplate that it was made for, which may be removed by now; null if the mailbox was made by its id. */
  readonly nameplate: string | null;
  /** The sides that have entered it: one or two. */
  readonly members: readonly Member[];
  /** How many messages it has. They are numbered from 1, and are only removed together. */
  readonly messages: number;
  /** The size of all bodies in bytes. */
  readonly bytes: number;
  /** When it was last used, in seconds of up time. */
  readonly touched: number;
}

/** A side that has entered a mailbox. */
export interface Member {
  readonly side: string;
  /** Whether it has the mailbox open: it has not closed it, or has opened it again. */
  readonly open: boolean;
}

/** A message in a mailbox. */
export interface StoredMessage {
  /** 1, 2, 3… in order of arrival. */
  readonly number: number;
  readonly side: string;
  readonly phase: string;
  readonly body: string;
  readonly id: CommandId;
  /** When it arrived, in seconds since 1970. Use `number` for the order, because this clock may step back. */
  readonly receivedAt: number;
}

/** The full name of a mailbox. The same id in two apps names two mailboxes. */
export interface MailboxName {
  readonly app: string;
  readonly id: string;
}

/** Joins an app and a name in it into one string, which differs for any two pairs. */
export function key(app: string, name: string): string {
  return `${app.length}:${app}${name}`;
}

/**
 * Keeps nameplates, mailboxes and messages.
 *
 * Changes are visible to later calls at once, and become durable with `commit`. Before that, the server sends nothing
 * that depends on them. If a method throws, `rollback` must still undo the changes since the last commit.
 */
export interface Store {
  nameplate(app: string, name: string): Nameplate | undefined;
  saveNameplate(app: string, name: string, nameplate: Nameplate): void;
  removeNameplate(app: string, name: string): void;
  /** At most `limit` nameplates of an app, sorted as strings. */
  listNameplates(app: string, limit: number): string[];
  /** How many nameplates of an app have that many digits. May stop counting at `limit`. */
  countNameplates(app: string, digits: number, limit: number): number;
  /** A nameplate that this side was the first to claim, and has not released. */
  nameplateOf(app: string, side: string): string | undefined;

  mailbox(app: string, id: string): Mailbox | undefined;
  saveMailbox(app: string, id: string, mailbox: Mailbox): void;
  /** Sets when a mailbox was last used. Does nothing if it does not exist. */
  touchMailbox(app: string, id: string, touched: number): void;
  /** Removes a mailbox and its messages. */
  removeMailbox(app: string, id: string): void;
  /** At most `limit` mailboxes that were last used before a time, in seconds of up time. */
  idleMailboxes(before: number, limit: number): MailboxName[];

  addMessage(app: string, mailbox: string, message: StoredMessage): void;
  /** The messages of a mailbox with a number above `after`, in order. Each is read only when it is asked for. */
  messages(app: string, mailbox: string, after: number): Iterable<StoredMessage>;

  /** Seconds that servers have been up with this store, as last saved. */
  upTime(): number;
  saveUpTime(seconds: number): void;

  /**
   * Makes all changes since the last commit durable, either all or none.
   *
   * @throws if that fails
   */
  commit(): void;
  /** Undoes all changes since the last commit. */
  rollback(): void;
  close(): void;
}
