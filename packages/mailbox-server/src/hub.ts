/**
 * Between rules and sockets: runs commands, and shows what followed from them once it is kept for good.
 *
 * What arrives within one turn of the event loop shares one commit. Only after it do answers and messages leave, each
 * connection's in one write; if it fails, nothing of them leaves, and the connections concerned are dropped, because
 * clients come back and say again what was not answered.
 */
import * as limits from "./limits.ts";
import { type Address, encode, type ServerMessage, type Welcome } from "./messages.ts";
import { type ConnectionState, type Effect, receive, shown, UNBOUND } from "./rules.ts";
import type { MailboxName, Store, StoredMessage } from "./store.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Policy, Random, World } from "./world.ts";

/** The way to a client. */
export interface Link {
  /** Writes texts, each a WebSocket message. Says whether more may follow at once; else `Hub.ready` is to be called. */
  send(texts: readonly string[]): boolean;
  /** Bytes that were written and not taken yet. */
  backlog(): number;
  /** Ends the connection without ceremony. */
  drop(reason: "too slow" | "trouble"): void;
}

export interface HubOptions {
  readonly store: Store;
  readonly policy: Policy;
  readonly welcome: Welcome;
  readonly random: Random;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Seconds that the server has been up, in all its runs. */
  readonly up: () => number;
  /** Hears of a store that fails. */
  readonly onTrouble: (trouble: unknown) => void;
}

/** What the hub knows of one client's connection. */
export interface Connection {
  readonly link: Link;
  state: ConnectionState;
  /** What leaves after the next commit, and its size in characters. */
  outbox: string[];
  queued: number;
  /** Whether the link takes more. */
  ready: boolean;
  /** The number of the last message of its mailbox that was shown, and whether there are more. */
  cursor: number;
  behind: boolean;
  gone: boolean;
}

const NEW = { state: UNBOUND, queued: 0, ready: true, cursor: 0, behind: false, gone: false } as const;

export class Hub {
  readonly #options: HubOptions;
  readonly #subscriptions = new Subscriptions<Connection>();
  /** The connections that the next commit concerns. */
  readonly #concerned = new Set<Connection>();
  #scheduled = false;
  #stopped = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Takes in a new client, and tells it the welcome unasked. */
  connect(link: Link, address: Address): Connection {
    const connection: Connection = { link, ...NEW, outbox: [] };
    this.#send(connection, { type: "welcome", welcome: { ...this.#options.welcome, "your-address": address } });
    return connection;
  }

  /** Takes in one message of a client. */
  receive(connection: Connection, text: string): void {
    if (connection.gone) return;
    this.run(() => {
      this.#concerned.add(connection);
      const [state, ...effects] = receive(connection.state, text, this.#world());
      connection.state = state;
      for (const effect of effects) this.#perform(connection, effect);
    });
  }

  /** The link takes more again. */
  ready(connection: Connection): void {
    connection.ready = true;
    if (connection.behind) this.run(() => this.#replay(connection));
  }

  /** The client is gone. What it said stays. */
  disconnect(connection: Connection): void {
    connection.gone = true;
    connection.outbox = [];
    this.#subscriptions.remove(connection);
    this.#concerned.delete(connection);
  }

  /** The mailboxes that somebody is subscribed to. */
  subscribed(): Iterable<MailboxName> {
    return this.#subscriptions.mailboxes();
  }

  /** Does work on the store that is committed with everything else of this turn. */
  run(work: () => void): void {
    if (this.#stopped) return;
    try {
      work();
    } catch (trouble) {
      this.#abandon(trouble);
    }
    this.#schedule();
  }

  /** Commits and sends what is under way, and hears nothing more. */
  stop(): void {
    this.#flush();
    this.#stopped = true;
  }

  #world(): World {
    const { store, policy, random, now, up } = this.#options;
    return { store, policy, random, now: now(), up: up() };
  }

  #perform(connection: Connection, effect: Effect): void {
    switch (effect.do) {
      case "send":
        return this.#send(connection, effect.message);
      case "subscribe":
        this.#subscriptions.add(connection, effect.app, effect.mailbox);
        connection.cursor = 0;
        return this.#replay(connection);
      case "unsubscribe":
        connection.behind = false;
        return this.#subscriptions.remove(connection);
      case "deliver":
        return this.#deliver(effect.app, effect.mailbox, effect.message);
      case "emptied":
        return this.#restart(effect.app, effect.mailbox);
    }
  }

  /** Whoever still reads a mailbox that is gone reads from its beginning, should it come back. */
  #restart(app: string, mailbox: string): void {
    for (const reader of this.#subscriptions.of(app, mailbox)) {
      reader.cursor = 0;
      this.#concerned.add(reader);
    }
  }

  /** Shows a new message to every reader who has seen all before it. The others find it in the store in their turn. */
  #deliver(app: string, mailbox: string, message: StoredMessage): void {
    const text = encode(shown(message), this.#options.now());
    for (const reader of this.#subscriptions.of(app, mailbox)) {
      if (reader.ready && !reader.behind) this.#show(reader, message.number, text);
      else reader.behind = true;
    }
  }

  /** Shows the next portion of a mailbox. The rest follows when it has been taken. */
  #replay(reader: Connection): void {
    const mailbox = this.#subscriptions.mailboxOf(reader);
    if (!mailbox) return;
    reader.behind = true;
    this.#concerned.add(reader);
    for (const message of this.#options.store.messages(mailbox.app, mailbox.id, reader.cursor)) {
      if (reader.queued >= limits.REPLAY_PORTION) return;
      this.#show(reader, message.number, encode(shown(message), this.#options.now()));
    }
    reader.behind = false;
  }

  #show(reader: Connection, number: number, text: string): void {
    reader.cursor = number;
    this.#queue(reader, text);
  }

  #send(connection: Connection, message: ServerMessage): void {
    this.#queue(connection, encode(message, this.#options.now()));
  }

  #queue(connection: Connection, text: string): void {
    if (connection.gone) return;
    connection.outbox.push(text);
    connection.queued += text.length;
    this.#concerned.add(connection);
    this.#schedule();
    if (connection.queued + connection.link.backlog() > limits.MAX_QUEUE) this.#drop(connection, "too slow");
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#stopped) return;
    this.#scheduled = false;
    try {
      this.#options.store.commit();
    } catch (trouble) {
      return this.#abandon(trouble);
    }
    const concerned = [...this.#concerned];
    this.#concerned.clear();
    for (const connection of concerned) this.#write(connection);
  }

  #write(connection: Connection): void {
    const texts = connection.outbox;
    connection.outbox = [];
    connection.queued = 0;
    if (texts.length > 0) connection.ready = connection.link.send(texts);
    if (connection.ready && connection.behind) this.run(() => this.#replay(connection));
  }

  /** The store has failed: as if nothing of this turn had been said. */
  #abandon(trouble: unknown): void {
    this.#options.store.rollback();
    for (const connection of [...this.#concerned]) this.#drop(connection, "trouble");
    this.#options.onTrouble(trouble);
  }

  #drop(connection: Connection, reason: "too slow" | "trouble"): void {
    this.disconnect(connection);
    connection.link.drop(reason);
  }
}
