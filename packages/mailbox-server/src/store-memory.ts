/** The store in memory. */
import { key, type Mailbox, type MailboxName, type Nameplate, type Store, type StoredMessage } from "./store.ts";

/** A store that loses everything when the process ends. */
export class MemoryStore implements Store {
  /** Nameplates by app, then by name. */
  readonly #nameplates = new Map<string, Map<string, Nameplate>>();
  /** How many nameplates there are, by app and number of digits. */
  readonly #lengths = new Map<string, number>();
  /** Names of nameplates by app and first holder, while that side holds them. */
  readonly #held = new Map<string, Set<string>>();
  /** Mailboxes by app and id. */
  readonly #mailboxes = new Map<string, MailboxName & { mailbox: Mailbox }>();
  readonly #messages = new Map<string, StoredMessage[]>();
  #upTime = 0;
  /** Undoes each change since the last commit, oldest first. */
  #undo: (() => void)[] = [];

  nameplate(app: string, name: string): Nameplate | undefined {
    return this.#nameplates.get(app)?.get(name);
  }

  saveNameplate(app: string, name: string, nameplate: Nameplate): void {
    const before = this.nameplate(app, name);
    this.#putNameplate(app, name, nameplate);
    this.#undo.push(() => this.#putNameplate(app, name, before));
  }

  removeNameplate(app: string, name: string): void {
    const before = this.nameplate(app, name);
    this.#putNameplate(app, name, undefined);
    this.#undo.push(() => this.#putNameplate(app, name, before));
  }

  #putNameplate(app: string, name: string, nameplate: Nameplate | undefined): void {
    const names = this.#nameplates.get(app) ?? new Map<string, Nameplate>();
    const before = names.get(name);
    put(names, name, nameplate);
    put(this.#nameplates, app, names.size > 0 ? names : undefined);
    this.#count(app, name.length, Number(nameplate !== undefined) - Number(before !== undefined));
    this.#hold(app, before, name, false);
    this.#hold(app, nameplate, name, true);
  }

  #hold(app: string, nameplate: Nameplate | undefined, name: string, held: boolean): void {
    const first = nameplate?.holders[0];
    if (!first || first.released) return;
    const names = new Set(this.#held.get(key(app, first.side)));
    if (held) names.add(name);
    else names.delete(name);
    put(this.#held, key(app, first.side), names.size > 0 ? names : undefined);
  }

  #count(app: string, digits: number, change: number): void {
    put(this.#lengths, key(app, String(digits)), this.countNameplates(app, digits) + change || undefined);
  }

  listNameplates(app: string, limit: number): string[] {
    return [...(this.#nameplates.get(app)?.keys() ?? [])].sort().slice(0, limit);
  }

  countNameplates(app: string, digits: number): number {
    return this.#lengths.get(key(app, String(digits))) ?? 0;
  }

  nameplateOf(app: string, side: string): string | undefined {
    return this.#held.get(key(app, side))?.values().next().value;
  }

  mailbox(app: string, id: string): Mailbox | undefined {
    return this.#mailboxes.get(key(app, id))?.mailbox;
  }

  saveMailbox(app: string, id: string, mailbox: Mailbox): void {
    this.#set(this.#mailboxes, key(app, id), { app, id, mailbox });
  }

  touchMailbox(app: string, id: string, touched: number): void {
    const mailbox = this.mailbox(app, id);
    if (mailbox) this.saveMailbox(app, id, { ...mailbox, touched });
  }

  removeMailbox(app: string, id: string): void {
    this.#set(this.#mailboxes, key(app, id), undefined);
    this.#set(this.#messages, key(app, id), undefined);
  }

  idleMailboxes(before: number, limit: number): MailboxName[] {
    const idle = [...this.#mailboxes.values()].filter(({ mailbox }) => mailbox.touched < before);
    return idle.slice(0, limit).map(({ app, id }) => ({ app, id }));
  }

  addMessage(app: string, mailbox: string, message: StoredMessage): void {
    const messages = this.#messages.get(key(app, mailbox));
    if (!messages) return this.#set(this.#messages, key(app, mailbox), [message]);
    messages.push(message);
    this.#undo.push(() => messages.pop());
  }

  *messages(app: string, mailbox: string, after: number): Iterable<StoredMessage> {
    for (const message of this.#messages.get(key(app, mailbox)) ?? []) if (message.number > after) yield message;
  }

  upTime(): number {
    return this.#upTime;
  }

  saveUpTime(seconds: number): void {
    const before = this.#upTime;
    this.#upTime = seconds;
    this.#undo.push(() => {
      this.#upTime = before;
    });
  }

  commit(): void {
    this.#undo = [];
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  close(): void {
    this.rollback();
  }

  #set<T>(map: Map<string, T>, key: string, value: T | undefined): void {
    const before = map.get(key);
    put(map, key, value);
    this.#undo.push(() => put(map, key, before));
  }
}

function put<T>(map: Map<string, T>, key: string, value: T | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
