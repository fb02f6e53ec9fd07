/** A mailbox server in memory: connections without sockets, and the faults that a test asks for. */
import type { JsonObject } from "../base/json.ts";
import { parseObject } from "../base/json.ts";
import type { Clock } from "../net/clock.ts";
import type { MessageSocket, MessageSocketEvents, OpenMessageSocket, SocketEnd } from "../net/message-socket.ts";
import { type ClientState, MailboxRules, newClientState } from "./mailbox-rules.ts";
import { inOrder, type Schedule } from "./schedule.ts";

/** How messages travel to and from a {@link MemoryMailboxServer}. */
export interface MemoryMailboxServerOptions {
  /** The clock that `delay` refers to, usually a {@link VirtualClock}. */
  readonly clock?: Clock;
  /** Returns how long the next message takes, in milliseconds of `clock`. Messages of one connection stay in order. */
  readonly delay?: () => number;
}

/** A connection to the server, as a test sees it. */
export interface MemoryClient {
  /** The number of the connection, counted from 1. */
  readonly connection: number;
  /** The side that the client has bound, or "" before that. */
  readonly side: string;
}

interface Client {
  readonly connection: number;
  readonly events: MessageSocketEvents;
  readonly state: ClientState;
  readonly toServer: Schedule;
  readonly toClient: Schedule;
  /** Nothing arrives over a connection that is dead, in either direction. */
  condition: "opening" | "open" | "dead";
}

const REFUSED: SocketEnd = { failure: "refused", detail: "the server is down" };
const CUT: SocketEnd = { failure: "closed", detail: "the server went away" };

/**
 * A mailbox server in memory, with the rules of the real one and without its limits and expiry. A test can look into it,
 * stop it, cut its connections and change its messages.
 *
 * Without options, every message arrives in a microtask of its own.
 *
 * @example
 * const server = new MemoryMailboxServer();
 * const platform = { openMessageSocket: server.openMessageSocket };
 * const wormhole = createWormhole({ appId: "example.com/test", relayUrl: "ws://memory/v1", platform });
 * wormhole.allocateCode();
 * console.log(await wormhole.getCode(), server.nameplates); // 1-guitarist-revenge [ '1' ]
 */
export class MemoryMailboxServer {
  /** The welcome that every client receives first. */
  welcome: JsonObject = {};
  /** While true, every attempt to connect is refused. Connections that exist go on: see {@link drop}. */
  down = false;
  /** Every command that has arrived, in order. */
  readonly received: JsonObject[] = [];
  /**
   * Answers a command in place of the server, which then does not see the command; `undefined` leaves it to the server.
   * For commands that the server does not have, and for refusals.
   *
   * @example
   * server.answer = ({ type }) => (type === "claim" ? [{ type: "error", error: "crowded" }] : undefined);
   */
  answer: (command: JsonObject, client: MemoryClient) => readonly JsonObject[] | undefined = () => undefined;
  /**
   * Returns the messages to deliver in place of a message on its way to a client. An empty list loses the message; two equal
   * ones repeat it.
   */
  deliver: (message: JsonObject, client: MemoryClient) => readonly JsonObject[] = (message) => [message];
  /** Orders the messages that a mailbox has stored, for a client that opens it. The protocol promises no order. */
  replay: (stored: readonly JsonObject[]) => readonly JsonObject[] = (stored) => stored;
  readonly #rules = new MailboxRules();
  readonly #clients = new Set<Client>();
  readonly #schedule: () => Schedule;
  #connections = 0;

  constructor({ clock, delay = () => 0 }: MemoryMailboxServerOptions = {}) {
    this.#schedule = () => inOrder(clock, delay);
  }

  /** Opens a connection to this server, whatever the URL. To be given as `platform: { openMessageSocket }`. */
  readonly openMessageSocket: OpenMessageSocket = (_url, events) => {
    const client: Client = {
      connection: ++this.#connections,
      events,
      state: newClientState(),
      toServer: this.#schedule(),
      toClient: this.#schedule(),
      condition: "opening",
    };
    this.#clients.add(client);
    client.toClient(() => this.#accept(client));
    return this.#socket(client);
  };

  /** The nameplates in use, of all applications. */
  get nameplates(): string[] {
    return this.#rules.nameplates;
  }

  /** How many mailboxes at least one side has not closed. */
  get mailboxes(): number {
    return this.#rules.mailboxes.length;
  }

  /** What the server still keeps for a side: the nameplates that it holds, and how many mailboxes it has open. */
  keptFor(side: string): { nameplates: string[]; mailboxes: number } {
    const mailboxes = this.#rules.mailboxes.filter(({ open }) => open.has(side)).length;
    return { nameplates: this.#rules.heldBy(side), mailboxes };
  }

  /** Cuts the connections that `which` chooses (default: all), also those that are not open yet. */
  drop(which: (client: MemoryClient) => boolean = () => true): void {
    for (const client of [...this.#clients]) if (which(shown(client))) this.#lose(client, CUT);
  }

  /** Restarts a server that keeps nothing: all nameplates, mailboxes and messages are gone, and all connections are cut. */
  forget(): void {
    this.#rules.forget();
    this.drop();
  }

  /**
   * Makes the chosen connections dead: nothing arrives any more, and neither end notices, until {@link drop}. `which`
   * sees no connection that is dead already.
   */
  silence(which: (client: MemoryClient) => boolean = () => true): void {
    for (const client of this.#clients) {
      if (client.condition !== "dead" && which(shown(client))) client.condition = "dead";
    }
  }

  /** Sends a message to every client, as a server may at any time. */
  say(message: JsonObject): void {
    for (const client of this.#clients) if (client.condition === "open") this.#tell(client, message);
  }

  #accept(client: Client): void {
    if (client.condition !== "opening") return;
    if (this.down) return this.#lose(client, REFUSED);
    client.condition = "open";
    client.events.opened();
    this.#tell(client, { type: "welcome", welcome: this.welcome });
  }

  #socket(client: Client): MessageSocket {
    return {
      send: (text) => client.toServer(() => client.condition === "open" && this.#receive(client, text)),
      close: () => client.toServer(() => this.#lose(client, CUT)),
    };
  }

  #lose(client: Client, end: SocketEnd): void {
    if (!this.#clients.delete(client)) return;
    client.condition = "dead";
    client.events.closed(end);
  }

  #tell(client: Client, message: JsonObject): void {
    for (const each of this.deliver(message, shown(client))) {
      client.toClient(() => client.condition === "open" && client.events.received(JSON.stringify(each)));
    }
  }

  #receive(client: Client, text: string): void {
    const command = parseObject(text) ?? {};
    this.received.push(command);
    const instead = this.answer(command, shown(client));
    const { answers, stored = [], added } = instead ? { answers: instead } : this.#rules.obey(client.state, text);
    for (const message of [...answers, ...this.replay(stored)]) this.#tell(client, message);
    if (added === undefined) return;
    for (const other of this.#clients) if (other.state.mailbox === client.state.mailbox) this.#tell(other, added);
  }
}

function shown({ connection, state }: Client): MemoryClient {
  return { connection, side: state.side };
}
