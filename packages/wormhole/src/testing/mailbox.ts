/** A mailbox server in memory: the protocol in its honest form, without sockets, for tests of what is built on it. */
import { field, type JsonObject, parseObject } from "../base/json.ts";
import type { MessageSocket, MessageSocketEvents, OpenMessageSocket } from "../net/message-socket.ts";

interface Mailbox {
  sides: Set<string>;
  /** Sides that have it open: the mailbox goes when the last has closed it. */
  open: Set<string>;
  messages: JsonObject[];
}

interface Client extends MessageSocketEvents {
  appId: string;
  side: string;
  mailbox?: Mailbox | undefined;
}

/** What a test may look at, and spoil. */
export class MemoryMailboxServer {
  /** Given to every client that connects. */
  welcome: JsonObject = {};
  /** While true, nobody gets in. */
  down = false;
  /** Every command, as it came. */
  readonly received: JsonObject[] = [];
  readonly #nameplates = new Map<string, { id: string; sides: Set<string> }>();
  readonly #mailboxes = new Map<string, Mailbox>();
  readonly #clients = new Set<Client>();
  #counter = 0;

  /** To be given as `platform: { openMessageSocket }`. */
  readonly openMessageSocket: OpenMessageSocket = (_url, events) => {
    const client: Client = { ...events, appId: "", side: "" };
    queueMicrotask(() => this.#accept(client));
    return this.#socket(client);
  };

  /** Nameplates in use, of all applications. */
  get nameplates(): string[] {
    return [...this.#nameplates.keys()].map((key) => key.slice(key.indexOf(" ") + 1));
  }

  /** Mailboxes that somebody has not closed. */
  get mailboxes(): number {
    return this.#mailboxes.size;
  }

  /** Cuts every connection. */
  drop(): void {
    for (const client of [...this.#clients]) this.#lose(client);
  }

  /** Says something to everybody, as a server may at any time. */
  say(message: JsonObject): void {
    for (const client of this.#clients) this.#tell(client, message);
  }

  #accept(client: Client): void {
    if (this.down) return client.closed({ failure: "refused", detail: "the server is down" });
    this.#clients.add(client);
    client.opened();
    this.#tell(client, { type: "welcome", welcome: this.welcome });
  }

  #socket(client: Client): MessageSocket {
    return {
      send: (text) => queueMicrotask(() => this.#clients.has(client) && this.#command(client, parseObject(text) ?? {})),
      close: () => queueMicrotask(() => this.#lose(client)),
    };
  }

  #lose(client: Client): void {
    if (this.#clients.delete(client)) client.closed({ failure: "closed", detail: "the server went away" });
  }

  #tell(client: Client, message: JsonObject): void {
    queueMicrotask(() => this.#clients.has(client) && client.received(JSON.stringify(message)));
  }

  #command(client: Client, command: JsonObject): void {
    this.received.push(command);
    this.#tell(client, { type: "ack", id: field(command, "id") ?? null });
    const answer = this.#answer(client, command);
    if (answer) this.#tell(client, answer);
  }

  #answer(client: Client, command: JsonObject): JsonObject | undefined {
    const text = (name: string) => textField(command, name);
    switch (text("type")) {
      case "bind":
        client.appId = text("appid");
        client.side = text("side");
        return undefined;
      case "list":
        return { type: "nameplates", nameplates: this.nameplates.map((id) => ({ id })) };
      case "allocate":
        return { type: "allocated", nameplate: this.#allocate(client) };
      case "claim":
        return this.#claim(client, text("nameplate"));
      case "release":
        return this.#release(client, text("nameplate"));
      case "open":
        return this.#open(client, text("mailbox"));
      case "add":
        return this.#add(client, text("phase"), text("body"));
      case "close":
        return this.#close(client, text("mailbox"));
      default:
        return { type: "error", error: "unknown type", orig: command };
    }
  }

  #allocate(client: Client): string {
    let number = 1;
    while (this.#nameplates.has(`${client.appId} ${number}`)) number++;
    this.#claim(client, String(number));
    return String(number);
  }

  #claim(client: Client, nameplate: string): JsonObject {
    const key = `${client.appId} ${nameplate}`;
    const claimed = this.#nameplates.get(key) ?? { id: `mailbox-${++this.#counter}`, sides: new Set() };
    this.#nameplates.set(key, claimed);
    const mailbox = this.#mailboxes.get(claimed.id) ?? { sides: new Set(), open: new Set(), messages: [] };
    this.#mailboxes.set(claimed.id, mailbox);
    if (!mailbox.sides.has(client.side) && mailbox.sides.size === 2) {
      return { type: "error", error: "crowded", orig: { type: "claim", nameplate } };
    }
    mailbox.sides.add(client.side);
    mailbox.open.add(client.side);
    claimed.sides.add(client.side);
    return { type: "claimed", mailbox: claimed.id };
  }

  #release(client: Client, nameplate: string): JsonObject {
    const key = `${client.appId} ${nameplate}`;
    const claimed = this.#nameplates.get(key);
    claimed?.sides.delete(client.side);
    if (claimed?.sides.size === 0) this.#nameplates.delete(key);
    return { type: "released" };
  }

  #open(client: Client, id: string): undefined {
    const mailbox = this.#mailboxes.get(id) ?? { sides: new Set(), open: new Set(), messages: [] };
    this.#mailboxes.set(id, mailbox);
    mailbox.open.add(client.side);
    client.mailbox = mailbox;
    for (const message of mailbox.messages) this.#tell(client, message);
  }

  #add(client: Client, phase: string, body: string): undefined {
    const { mailbox, side } = client;
    if (!mailbox) return;
    const message = { type: "message", side, phase, body };
    mailbox.messages.push(message);
    for (const other of this.#clients) if (other.mailbox === mailbox) this.#tell(other, message);
  }

  #close(client: Client, id: string): JsonObject {
    const mailbox = this.#mailboxes.get(id);
    mailbox?.open.delete(client.side);
    if (mailbox?.open.size === 0) this.#mailboxes.delete(id);
    client.mailbox = undefined;
    return { type: "closed" };
  }
}

function textField(object: JsonObject, name: string): string {
  const value = field(object, name);
  return typeof value === "string" ? value : "";
}
