/** Rows of the SQLite store, as the statements of `sql.ts` return them, and their translation into records. */
import type { Holder, Mailbox, Member, Nameplate, StoredMessage } from "./store.ts";

/** A boolean in SQLite. */
type Bit = 0 | 1;

/** A nameplate. Its holders are the columns `a` and `b`, in the order of their claims. */
export interface NameplateRow {
  mailbox: string;
  side_a: string | null;
  released_a: Bit;
  side_b: string | null;
  released_b: Bit;
}

/** A mailbox. Its members are the columns `a` and `b`, in the order in which they entered. */
export interface MailboxRow {
  nameplate: string | null;
  side_a: string | null;
  open_a: Bit;
  side_b: string | null;
  open_b: Bit;
  messages: number;
  bytes: number;
  touched: number;
}

/** A message of a mailbox. */
export interface MessageRow {
  number: number;
  side: string;
  phase: string;
  body: string;
  msg_id: string | number | null;
  received_at: number;
}

/** Translates a row into a nameplate. */
export function toNameplate(row: NameplateRow): Nameplate {
  const holders: Holder[] = [];
  if (row.side_a !== null) holders.push({ side: row.side_a, released: row.released_a === 1 });
  if (row.side_b !== null) holders.push({ side: row.side_b, released: row.released_b === 1 });
  return { mailbox: row.mailbox, holders };
}

/** Translates a row into a mailbox. */
export function toMailbox({ nameplate, messages, bytes, touched, ...row }: MailboxRow): Mailbox {
  const members: Member[] = [];
  if (row.side_a !== null) members.push({ side: row.side_a, open: row.open_a === 1 });
  if (row.side_b !== null) members.push({ side: row.side_b, open: row.open_b === 1 });
  return { nameplate, members, messages, bytes, touched };
}

/** Translates a row into a message. */
export function toMessage({ msg_id, received_at, ...same }: MessageRow): StoredMessage {
  return { ...same, id: msg_id, receivedAt: received_at };
}

/** The columns of one side of a nameplate: its name, and whether it has released it. */
export const holderColumns = (holder: Holder | undefined): [string | null, Bit] => [
  holder?.side ?? null,
  holder?.released ? 1 : 0,
];

/** The columns of one side of a mailbox: its name, and whether it has the mailbox open. */
export const memberColumns = (member: Member | undefined): [string | null, Bit] => [
  member?.side ?? null,
  member?.open ? 1 : 0,
];
