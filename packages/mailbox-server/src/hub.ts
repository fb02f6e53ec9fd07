/**
 * The hub stands between the rules and the sockets: it runs the commands of clients, and sends the results once they
 * are durable.
 *
 * Everything that arrives within one turn of the event loop shares one commit. Answers and messages are sent after it,
 * those for one client in one write. If the commit fails, nothing is sent, and the clients concerned are dropped. They
 * reconnect and repeat every command that was not answered.
 */
import * as limits from "./limits.ts";
import { type ClientAddress, encode, type ServerMessage, type Welcome } from "./messages.ts";
import { type ClientState, type Effect, receive, shown, UNBOUND } from "./rules.ts";
import type { MailboxName, Store, StoredMessage } from "./store.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { Policy, Random, World } from "./world.ts";

/** Why the server ends a connection. The word goes to the client in the close frame. */
export type DropReason = "too slow" | "store failed" | "stopping";

/** The hub's way to one client. */
export interface MessageSocket {
  /**
   * Writes texts, each as one message. If the result is false, no more may be sent until {@link Hub.ready} is called.
   */
  send(texts: readonly string[]): boolean;
  /** Bytes that were written and have not left yet. */
  backlog(): number;
  /** Ends the connection without waiting for the client. */
  drop(reason: DropReason): void;
}

/** The parts of a server that its hub uses. */
export interface HubOptions {
  readonly store: Store;
  readonly policy: Policy;
  readonly welcome: Welcome;
  readonly random: Random;
  /** Seconds since 1970. */
  readonly now: () => number;
  /** Seconds that the server has been up, in all its runs. */
  readonly up: () => number;
  /** Called with the error if the store fails. */
  readonly onStoreError: (error: unknown) => void;
}

/** One connected program. */
export interface Client {
  readonly socket: MessageSocket;
  state: ClientState;
  /** Texts that leave after the next commit. */
  outbox: string[];
  /** The size of the outbox in characters. */
  queued: number;
  /** Whether the socket accepts more. */
  ready: boolean;
  /** The number of the last message of its mailbox that was sent to it. */
  cursor: number;
  /** Whether the store has more messages for it. */
  behind: boolean;
  gone: boolean;
}

const NEW = { state: UNBOUND, queued: 0, ready: true, cursor: 0, behind: false, gone: false } as const;

/** The clients of one server. */
export class Hub {
  readonly #options: HubOptions;
  readonly #subscriptions = new Subscriptions<Client>();
  /** The clients that the next commit concerns. */
  readonly #concerned = new Set<Client>();
  #scheduled = false;
  #stopped = false;

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Adds a client, and sends the welcome. */
  connect(socket: MessageSocket, address: ClientAddress): Client {
    const client: Client = { socket, ...NEW, outbox: [] };
    this.#send(client, { type: "welcome", welcome: { ...this.#options.welcome, "your-address": address } });
    return client;
  }

  /** Takes one message of a client. */
  receive(client: Client, text: string): void {
    if (client.gone) return;
    this.run(() => {
      this.#concerned.add(client);
      const [state, ...effects] = receive(client.state, text, this.#world());
      client.state = state;
      for (const effect of effects) this.#perform(client, effect);
    });
  }

  /** Reports that the client's socket accepts more again. */
  ready(client: Client): void {
    client.ready = true;
    if (client.behind) this.run(() => this.#replay(client));
  }

  /** Removes a client. Its effects on the store stay. */
  disconnect(client: Client): void {
    client.gone = true;
    client.outbox = [];
    this.#subscriptions.remove(client);
    this.#concerned.delete(client);
  }

  /** The mailboxes that have a subscriber. */
  subscribed(): Iterable<MailboxName> {
    return this.#subscriptions.mailboxes();
  }

  /** Does work on the store that is committed with everything else of this turn. */
  run(work: () => void): void {
    if (this.#stopped) return;
    try {
      work();
    } catch (error) {
      this.#abandon(error);
    }
    this.#schedule();
  }

  /** Commits and sends everything that is pending, then ignores all further messages. */
  stop(): void {
    this.#flush();
    this.#stopped = true;
  }

  #world(): World {
    const { store, policy, random, now, up } = this.#options;
    return { store, policy, random, now: now(), up: up() };
  }

  #perform(client: Client, effect: Effect): void {
    switch (effect.do) {
      case "send":
        return this.#send(client, effect.message);
      case "subscribe":
        this.#subscriptions.add(client, effect.app, effect.mailbox);
        client.cursor = 0;
        return this.#replay(client);
      case "unsubscribe":
        client.behind = false;
        return this.#subscriptions.remove(client);
      case "deliver":
        return this.#deliver(effect.app, effect.mailbox, effect.message);
      case "emptied":
        return this.#restart(effect.app, effect.mailbox);
    }
  }

  /** Resets the subscribers of a removed mailbox: if its id is used again, they start at the first message. */
  #restart(app: string, mailbox: string): void {
    for (const subscriber of this.#subscriptions.of(app, mailbox)) {
      subscriber.cursor = 0;
      this.#concerned.add(subscriber);
    }
  }

  /**
   * Sends a new message to every subscriber that has all messages before it. The others read it from the store later.
   */
  #deliver(app: string, mailbox: string, message: StoredMessage): void {
    const text = encode(shown(message), this.#options.now());
    for (const subscriber of this.#subscriptions.of(app, mailbox)) {
      if (subscriber.ready && !subscriber.behind) this.#show(subscriber, message.number, text);
      else subscriber.behind = true;
    }
  }

  /** Sends the next portion of a mailbox. The rest follows when the client has accepted it. */
  #replay(subscriber: Client): void {
    const mailbox = this.#subscriptions.mailboxOf(subscriber);
    if (!mailbox) return;
    subscriber.behind = true;
    this.#concerned.add(subscriber);
    for (const message of this.#options.store.messages(mailbox.app, mailbox.id, subscriber.cursor)) {
      if (subscriber.queued >= limits.REPLAY_PORTION_BYTES) return;
      this.#show(subscriber, message.number, encode(shown(message), this.#options.now()));
    }
    subscriber.behind = false;
  }

  #show(subscriber: Client, number: number, text: string): void {
    subscriber.cursor = number;
    this.#queue(subscriber, text);
  }

  #send(client: Client, message: ServerMessage): void {
    this.#queue(client, encode(message, this.#options.now()));
  }

  #queue(client: Client, text: string): void {
    if (client.gone) return;
    client.outbox.push(text);
    client.queued += text.length;
    this.#concerned.add(client);
    this.#schedule();
    if (client.queued + client.socket.backlog() > limits.MAX_QUEUE_BYTES) this.#drop(client, "too slow");
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
    } catch (error) {
      return this.#abandon(error);
    }
    const concerned = [...this.#concerned];
    this.#concerned.clear();
    for (const client of concerned) this.#write(client);
  }

  #write(client: Client): void {
    const texts = client.outbox;
    client.outbox = [];
    client.queued = 0;
    if (texts.length > 0) client.ready = client.socket.send(texts);
    if (client.ready && client.behind) this.run(() => this.#replay(client));
  }

  /** Undoes everything since the last commit, because the store has failed, and drops the clients concerned. */
  #abandon(error: unknown): void {
    this.#options.store.rollback();
    for (const client of [...this.#concerned]) this.#drop(client, "store failed");
    this.#options.onStoreError(error);
  }

  #drop(client: Client, reason: DropReason): void {
    this.disconnect(client);
    client.socket.drop(reason);
  }
}
