/** The table of which subscriber receives the messages of which mailbox. */
import { key, type MailboxName } from "./store.ts";

/** The subscriptions of a server. A subscriber has at most one mailbox; a mailbox has any number of subscribers. */
export class Subscriptions<Subscriber> {
  readonly #mailboxes = new Map<Subscriber, MailboxName>();
  readonly #subscribers = new Map<string, Set<Subscriber>>();

  add(subscriber: Subscriber, app: string, id: string): void {
    this.#mailboxes.set(subscriber, { app, id });
    const subscribers = this.#subscribers.get(key(app, id));
    if (subscribers) subscribers.add(subscriber);
    else this.#subscribers.set(key(app, id), new Set([subscriber]));
  }

  remove(subscriber: Subscriber): void {
    const mailbox = this.#mailboxes.get(subscriber);
    if (!mailbox) return;
    this.#mailboxes.delete(subscriber);
    const name = key(mailbox.app, mailbox.id);
    const subscribers = this.#subscribers.get(name);
    subscribers?.delete(subscriber);
    if (subscribers?.size === 0) this.#subscribers.delete(name);
  }

  /** The mailbox of a subscriber. */
  mailboxOf(subscriber: Subscriber): MailboxName | undefined {
    return this.#mailboxes.get(subscriber);
  }

  /** The subscribers of a mailbox. */
  of(app: string, id: string): Iterable<Subscriber> {
    return this.#subscribers.get(key(app, id)) ?? [];
  }

  /** The mailbox of every subscriber. If it has several subscribers, it comes several times. */
  mailboxes(): Iterable<MailboxName> {
    return this.#mailboxes.values();
  }
}
