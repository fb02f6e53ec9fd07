/** Which reader is subscribed to which mailbox. */
import { key, type MailboxName } from "./store.ts";

/** A table of subscriptions. A reader has at most one mailbox; a mailbox has any number of readers. */
export class Subscriptions<Reader> {
  readonly #mailboxes = new Map<Reader, MailboxName>();
  readonly #readers = new Map<string, Set<Reader>>();

  add(reader: Reader, app: string, id: string): void {
    this.#mailboxes.set(reader, { app, id });
    const readers = this.#readers.get(key(app, id));
    if (readers) readers.add(reader);
    else this.#readers.set(key(app, id), new Set([reader]));
  }

  remove(reader: Reader): void {
    const mailbox = this.#mailboxes.get(reader);
    if (!mailbox) return;
    this.#mailboxes.delete(reader);
    const name = key(mailbox.app, mailbox.id);
    const readers = this.#readers.get(name);
    readers?.delete(reader);
    if (readers?.size === 0) this.#readers.delete(name);
  }

  /** The mailbox to which a reader is subscribed. */
  mailboxOf(reader: Reader): MailboxName | undefined {
    return this.#mailboxes.get(reader);
  }

  /** The readers of a mailbox. */
  of(app: string, id: string): Iterable<Reader> {
    return this.#readers.get(key(app, id)) ?? [];
  }

  /** The mailbox of every reader; one that has several readers comes several times. */
  mailboxes(): Iterable<MailboxName> {
    return this.#mailboxes.values();
  }
}
