/** The mailbox server of a simulated world: the one of `testing/`, with the accidents and lies that the seed has drawn. */
import type { JsonObject } from "../../packages/wormhole/src/base/json.ts";
import type { MessageSocket, MessageSocketEvents } from "../../packages/wormhole/src/net/message-socket.ts";
import { type MemoryClient, MemoryMailboxServer, type VirtualClock } from "../../packages/wormhole/src/testing.ts";
import type { Chance } from "./chance.ts";
import type { Lies } from "./liar.ts";

/** The client's end of one connection. */
export interface Socket extends MessageSocket {
  /** Breaks the connection and loses everything on it. Neither end learns of it. */
  vanish(): void;
}

export interface ServerFaults {
  /** The longest delay of a message, in milliseconds. */
  readonly delay: number;
  /** One message in so many arrives twice; 0 for never. */
  readonly repeat: number;
  /** Whether stored messages are delivered in random order. */
  readonly shuffle: boolean;
  /** The required name of the permission message, if a permission is required. */
  readonly permission?: string;
  /** Changes messages to a client or adds some, as a hostile server does. */
  readonly lie?: Lies;
}

export class Server {
  readonly #clock: VirtualClock;
  readonly #chance: Chance;
  readonly #faults: ServerFaults;
  readonly #memory: MemoryMailboxServer;
  /** The connections that have shown a stamp. */
  readonly #permitted = new Set<number>();
  /** Allocated nameplates. If the answer was lost with a connection, the nameplate stays until it expires. */
  readonly #allocated = new Set<string>();
  /** Every message that was ever added. */
  readonly added: { side: string; phase: string; body: string }[] = [];
  #healed = false;
  #connections = 0;

  constructor(clock: VirtualClock, chance: Chance, faults: ServerFaults) {
    this.#clock = clock;
    this.#chance = chance;
    this.#faults = faults;
    const delay = () => 1 + chance.number(this.#healed ? 20 : faults.delay);
    this.#memory = new MemoryMailboxServer({ clock, delay });
    if (faults.permission) this.#memory.welcome = { "permission-required": { hashcash: { bits: 9, resource: "sim" } } };
    if (faults.shuffle) this.#memory.replay = (stored) => chance.shuffled(stored);
    this.#memory.answer = (command, client) => this.#answer(command, client);
    this.#memory.deliver = (message) => this.#deliver(message);
  }

  connect(events: MessageSocketEvents): Socket {
    const own = ++this.#connections;
    const socket = this.#memory.openMessageSocket("ws://sim", events);
    return { ...socket, vanish: () => this.#memory.silence(({ connection }) => connection === own) };
  }

  /** Cuts half of the connections. */
  cutSome(): void {
    this.#cut(() => this.#chance.once(2));
  }

  cutAll(): void {
    this.#cut(() => true);
  }

  goDown(): void {
    this.#memory.down = true;
    this.cutAll();
  }

  comeBack(): void {
    this.#memory.down = false;
  }

  /** Starts anew with nothing. The connections are cut. */
  forget(): void {
    this.#memory.forget();
  }

  /** Ends all accidents and lies. */
  heal(): void {
    this.#healed = true;
    this.comeBack();
  }

  /** What is kept for a side, except nameplates whose allocation it never learned of, and their mailboxes. */
  keeps(side: string, code: string): string[] {
    const { nameplates, mailboxes } = this.#memory.keptFor(side);
    const [own] = code.split("-");
    const known = nameplates.filter((id) => id === own || !this.#allocated.has(id));
    const opened = mailboxes - (nameplates.length - known.length);
    return [...known.map((id) => `nameplate ${id}`), ...(opened > 0 ? [`mailboxes: ${opened}`] : [])];
  }

  /** Cuts the chosen connections. Their clients learn of it a little later. */
  #cut(which: () => boolean): void {
    this.#memory.silence(({ connection: cut }) => {
      if (!which()) return false;
      this.#clock.after(this.#chance.number(100), () => this.#memory.drop(({ connection }) => connection === cut));
      return true;
    });
  }

  /** Requires the permission, and notes what is added. */
  #answer({ type, ...command }: JsonObject, { connection, side }: MemoryClient): JsonObject[] | undefined {
    const { permission } = this.#faults;
    // A client that a lie has kept from showing its stamp is not bound. The server ignores its commands.
    if (type === "add" && side !== "")
      this.added.push({ side, phase: String(command.phase), body: String(command.body) });
    if (permission === undefined) return undefined;
    if (type === permission && command.stamp === "stamp 9") {
      this.#permitted.add(connection);
      return [{ type: "ack" }];
    }
    if (type !== "bind" || this.#permitted.has(connection)) return undefined;
    return [{ type: "ack" }, { type: "error", error: "permission required" }];
  }

  #deliver(message: JsonObject): readonly JsonObject[] {
    const { lie, repeat } = this.#faults;
    if (message.type === "allocated") this.#allocated.add(String(message.nameplate));
    if (this.#healed) return [message];
    const told = lie?.(message) ?? [message];
    const twice = message.type === "message" && repeat > 0 && this.#chance.once(repeat);
    return twice ? [...told, ...told.slice(-1)] : told;
  }
}
