/** The mailbox server of a simulated world: the rules of an honest server, and the faults that the seed has chosen. */
import type { JsonObject } from "../../packages/wormhole/src/base/json.ts";
import type { Chance } from "./chance.ts";
import type { Timeline } from "./timeline.ts";

/** The client's end of one connection. */
export interface Wire {
  opened(): void;
  received(text: string): void;
  lost(): void;
}

/** The server's end of one connection, as the client uses it. */
export interface Socket {
  send(text: string): void;
  close(): void;
  /** Breaks the connection and loses everything on it. Neither end learns of it. */
  vanish(): void;
}

interface Connection {
  readonly wire: Wire;
  up: boolean;
  side: string;
  mailbox: string;
  permitted: boolean;
  /** The arrival time of the last message in each direction: messages on one connection never overtake each other. */
  toClient: number;
  toServer: number;
}

interface Mailbox {
  readonly sides: Set<string>;
  readonly open: Set<string>;
  readonly messages: JsonObject[];
}

/** The faults of a server and of the network, until the world is healed. */
export interface ServerFaults {
  /** The longest delay of a message, in milliseconds. */
  readonly delay: number;
  /** One message in this many arrives twice, on average. 0 means never. */
  readonly repeat: number;
  /** Whether stored messages are delivered in random order. */
  readonly shuffle: boolean;
  /** The required name of the permission message, if a permission is required. */
  readonly permission?: string;
  /** Changes messages to a client, or adds some, as a hostile server does. */
  readonly lie?: (message: JsonObject, tell: (message: JsonObject) => void) => JsonObject | undefined;
}

/** Commands that are allowed before `bind`. */
const BEFORE_BIND = new Set(["submit-permissions", "submit-permission", "ping", "bind"]);

/** The server of one world. */
export class Server {
  readonly #time: Timeline;
  readonly #chance: Chance;
  readonly #faults: ServerFaults;
  readonly #connections = new Set<Connection>();
  readonly #nameplates = new Map<string, { mailbox: string; sides: Set<string> }>();
  readonly #mailboxes = new Map<string, Mailbox>();
  /** Every message that was ever added. */
  readonly added: { side: string; phase: string; body: string }[] = [];
  /** Allocated nameplates. If the answer was lost with a connection, the nameplate stays until it expires. */
  readonly allocated = new Set<string>();
  down = false;
  healed = false;
  #counter = 0;

  constructor(time: Timeline, chance: Chance, faults: ServerFaults) {
    this.#time = time;
    this.#chance = chance;
    this.#faults = faults;
  }

  /** Nameplates and mailboxes that are kept for a side, except those whose `allocated` message never reached it. */
  keeps(side: string, code: string): string[] {
    const own = code.split("-")[0] ?? "";
    const unheard = [...this.#nameplates].filter(([id]) => id !== own && this.allocated.has(id));
    const ignored = new Set(unheard.map(([, { mailbox }]) => mailbox));
    const nameplates = [...this.#nameplates].filter(
      ([, { mailbox, sides }]) => sides.has(side) && !ignored.has(mailbox),
    );
    const mailboxes = [...this.#mailboxes].filter(([id, { open }]) => open.has(side) && !ignored.has(id));
    return [...nameplates, ...mailboxes].map(([id]) => id);
  }

  connect(wire: Wire): Socket {
    const { now } = this.#time;
    const connection: Connection = {
      wire,
      up: true,
      side: "",
      mailbox: "",
      permitted: false,
      toClient: now,
      toServer: now,
    };
    this.#connections.add(connection);
    this.#deliver(connection, () => {
      if (this.down) return this.#cut(connection);
      wire.opened();
      this.#tell(connection, { type: "welcome", welcome: this.#welcome() });
    });
    return {
      send: (text) => this.#carry(connection, JSON.parse(text) as JsonObject),
      // Commands that were sent before the end arrive first.
      close: () => this.#carry(connection, { type: "hang up" }),
      vanish: () => this.#forget(connection),
    };
  }

  #welcome(): JsonObject {
    return this.#faults.permission ? { "permission-required": { hashcash: { bits: 9, resource: "sim" } } } : {};
  }

  /** Cuts each connection with a chance of one half. */
  cutSome(): void {
    for (const connection of [...this.#connections]) if (this.#chance.once(2)) this.#cut(connection);
  }

  cutAll(): void {
    for (const connection of [...this.#connections]) this.#cut(connection);
  }

  #cut(connection: Connection): void {
    if (!connection.up) return;
    this.#forget(connection);
    this.#time.after(this.#chance.number(100), () => connection.wire.lost());
  }

  #forget(connection: Connection): void {
    connection.up = false;
    this.#connections.delete(connection);
  }

  #deliver(connection: Connection, run: () => void): void {
    const late = Math.max(connection.toClient, this.#time.now + this.#latency());
    connection.toClient = late;
    this.#time.after(late - this.#time.now, () => connection.up && run());
  }

  #carry(connection: Connection, command: JsonObject): void {
    const late = Math.max(connection.toServer, this.#time.now + this.#latency());
    connection.toServer = late;
    this.#time.after(late - this.#time.now, () => {
      if (!connection.up) return;
      if (command.type === "hang up") this.#forget(connection);
      else this.#obey(connection, command);
    });
  }

  #latency(): number {
    return 1 + this.#chance.number(this.healed ? 20 : this.#faults.delay);
  }

  #tell(connection: Connection, message: JsonObject): void {
    const { lie, repeat } = this.#faults;
    const honest = this.healed || !lie;
    const told = honest ? message : lie(message, (more) => this.#say(connection, more));
    if (!told) return;
    this.#say(connection, told);
    const twice = message.type === "message" && repeat > 0 && !this.healed && this.#chance.once(repeat);
    if (twice) this.#say(connection, told);
  }

  #say(connection: Connection, message: JsonObject): void {
    this.#deliver(connection, () => connection.wire.received(JSON.stringify(message)));
  }

  #obey(connection: Connection, command: JsonObject): void {
    this.#tell(connection, { type: "ack" });
    const answer = this.#answer(connection, command);
    if (answer) this.#tell(connection, answer);
  }

  #answer(connection: Connection, command: JsonObject): JsonObject | undefined {
    const text = (name: string) => String(command[name]);
    const type = text("type");
    if (connection.side === "" && !BEFORE_BIND.has(type)) return { type: "error", error: "must bind first" };
    switch (type) {
      case "submit-permissions":
      case "submit-permission":
        connection.permitted = command.stamp === "stamp 9" && command.type === this.#faults.permission;
        return connection.permitted ? undefined : { type: "error", error: "unknown type" };
      case "ping":
        return { type: "pong" };
      case "bind":
        if (this.#faults.permission && !connection.permitted) return { type: "error", error: "permission required" };
        connection.side = text("side");
        return undefined;
      case "list":
        return { type: "nameplates", nameplates: [...this.#nameplates.keys()].map((id) => ({ id })) };
      case "allocate": {
        const nameplate = String(++this.#counter);
        this.#claim(connection.side, nameplate);
        this.allocated.add(nameplate);
        return { type: "allocated", nameplate };
      }
      case "claim":
        return this.#claim(connection.side, text("nameplate"));
      case "release":
        return this.#release(connection.side, text("nameplate"));
      case "open":
        return this.#open(connection, text("mailbox"));
      case "add":
        return this.#add(connection, text("phase"), text("body"));
      case "close":
        return this.#close(connection.side, text("mailbox"));
      default:
        throw new Error(`the client sent ${JSON.stringify(command)}`);
    }
  }

  #claim(side: string, nameplate: string): JsonObject {
    const claimed = this.#nameplates.get(nameplate) ?? { mailbox: `m${++this.#counter}`, sides: new Set() };
    const mailbox = this.#mailboxes.get(claimed.mailbox) ?? { sides: new Set(), open: new Set(), messages: [] };
    if (!mailbox.sides.has(side) && mailbox.sides.size === 2) return { type: "error", error: "crowded" };
    this.#nameplates.set(nameplate, claimed);
    this.#mailboxes.set(claimed.mailbox, mailbox);
    mailbox.sides.add(side);
    mailbox.open.add(side);
    claimed.sides.add(side);
    return { type: "claimed", mailbox: claimed.mailbox };
  }

  #release(side: string, nameplate: string): JsonObject {
    const claimed = this.#nameplates.get(nameplate);
    claimed?.sides.delete(side);
    if (claimed?.sides.size === 0) this.#nameplates.delete(nameplate);
    return { type: "released" };
  }

  #open(connection: Connection, id: string): undefined {
    const mailbox = this.#mailboxes.get(id) ?? { sides: new Set(), open: new Set(), messages: [] };
    this.#mailboxes.set(id, mailbox);
    mailbox.open.add(connection.side);
    connection.mailbox = id;
    const messages = [...mailbox.messages];
    while (messages.length > 0) {
      const index = this.#faults.shuffle ? this.#chance.number(messages.length) : 0;
      this.#tell(connection, messages.splice(index, 1)[0] ?? {});
    }
  }

  #add(connection: Connection, phase: string, body: string): undefined {
    const { side, mailbox } = connection;
    this.added.push({ side, phase, body });
    const message = { type: "message", side, phase, body };
    this.#mailboxes.get(mailbox)?.messages.push(message);
    for (const other of this.#connections) if (other.mailbox === mailbox) this.#tell(other, message);
  }

  #close(side: string, id: string): JsonObject {
    const mailbox = this.#mailboxes.get(id);
    mailbox?.open.delete(side);
    if (mailbox?.open.size === 0) this.#mailboxes.delete(id);
    return { type: "closed" };
  }
}
