/**
 * The rules of mailboxes: two sides leave messages for each other, and the messages are removed when both have closed.
 *
 * A third side is refused and changes nothing, so it cannot harm the first two: they may still enter and close again.
 */
import * as limits from "./limits.ts";
import type { Mailbox, Member, Store, StoredMessage } from "./store.ts";
import type { World } from "./world.ts";

/**
 * Lets a side into a mailbox, and makes the mailbox if it does not exist.
 *
 * @param nameplate the nameplate that leads to the mailbox, saved with it if the mailbox is made
 */
export function enter(
  { store, up }: World,
  app: string,
  id: string,
  side: string,
  nameplate: string | null = null,
): Mailbox | "crowded" {
  const mailbox = withMember(store.mailbox(app, id) ?? { ...EMPTY, nameplate }, side);
  if (mailbox === "crowded") return "crowded";
  const entered = { ...mailbox, touched: up };
  store.saveMailbox(app, id, entered);
  return entered;
}

/** Stores a message. Returns it with its number, or the text of the error that answers the `add`. */
export function add(
  { store, up }: World,
  app: string,
  id: string,
  message: Omit<StoredMessage, "number">,
): StoredMessage | { readonly error: string } {
  const mailbox = withMember(store.mailbox(app, id) ?? EMPTY, message.side);
  if (mailbox === "crowded") return { error: "crowded" };
  const bytes = mailbox.bytes + Buffer.byteLength(message.body);
  if (mailbox.messages >= limits.MAX_MAILBOX_MESSAGES) return { error: "the mailbox is full: too many messages" };
  if (bytes > limits.MAX_MAILBOX_BYTES) return { error: "the mailbox is full: too many bytes" };
  const stored = { ...message, number: mailbox.messages + 1 };
  store.saveMailbox(app, id, { ...mailbox, messages: stored.number, bytes, touched: up });
  store.addMessage(app, id, stored);
  return stored;
}

/** Closes a mailbox for one side. If no side has it open any more, it is removed and the result is "gone". */
export function close(store: Store, app: string, id: string, side: string): "kept" | "gone" {
  const mailbox = store.mailbox(app, id);
  if (!mailbox?.members.some((member) => member.side === side)) return "kept";
  const members = mailbox.members.map((member) => (member.side === side ? { side, open: false } : member));
  if (members.some((member) => member.open)) {
    store.saveMailbox(app, id, { ...mailbox, members });
    return "kept";
  }
  remove(store, app, id, mailbox);
  return "gone";
}

/** Removes a mailbox, its messages, and the nameplate that still leads to it. */
export function remove(store: Store, app: string, id: string, { nameplate }: Mailbox): void {
  if (nameplate !== null && store.nameplate(app, nameplate)?.mailbox === id) store.removeNameplate(app, nameplate);
  store.removeMailbox(app, id);
}

const EMPTY: Mailbox = { nameplate: null, members: [], messages: 0, bytes: 0, touched: 0 };

function withMember(mailbox: Mailbox, side: string): Mailbox | "crowded" {
  const known = mailbox.members.find((member) => member.side === side);
  if (known?.open) return mailbox;
  const others = mailbox.members.filter((member) => member !== known);
  if (others.length >= limits.MAX_SIDES) return "crowded";
  const members: Member[] = [...others, { side, open: true }];
  return { ...mailbox, members };
}
