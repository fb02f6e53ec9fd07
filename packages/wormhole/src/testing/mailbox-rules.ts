/**
 * The rules of the mailbox server in memory: what each command of server-protocol.md does and how it is answered. There
 * are no connections here; `mailbox.ts` has them.
 */
import { field, type JsonObject, type JsonValue } from "../base/json.ts";

/** The most sides that share a mailbox. */
const MAX_SIDES = 2;

/** One mailbox: the sides that may use it, those that have it open, and every message that was added. */
export interface Mailbox {
  readonly sides: Set<string>;
  readonly open: Set<string>;
  readonly messages: JsonObject[];
}

interface Nameplate {
  readonly mailbox: string;
  /** True while the side holds the nameplate, false once it has released it. */
  readonly sides: Map<string, boolean>;
}

/** The state of one connection. */
export interface ClientState {
  /** Absent until `bind`. */
  app?: App;
  side: string;
  allocated: boolean;
  nameplate?: string;
  released: boolean;
  mailboxId?: string;
  /** The mailbox whose messages this connection receives. */
  mailbox?: Mailbox | undefined;
  closed: boolean;
}

/** The result of a command: answers to its sender, and perhaps a message for all connections with the mailbox open. */
export interface Outcome {
  readonly answers: readonly JsonObject[];
  /** The messages that were in the mailbox when the sender opened it. */
  readonly stored?: readonly JsonObject[];
  readonly added?: JsonObject;
}

/** The nameplates and mailboxes of one application. */
interface App {
  readonly nameplates: Map<string, Nameplate>;
  readonly mailboxes: Map<string, Mailbox>;
}

/** A command that breaks a rule. The text is the answer, in the words of the reference server. */
class Refusal extends Error {}

/** Returns the state of a connection that has not sent anything. */
export function newClientState(): ClientState {
  return { side: "", allocated: false, released: false, closed: false };
}

/** Everything that the server stores, and the commands that change it. */
export class MailboxRules {
  readonly #apps = new Map<string, App>();
  #made = 0;

  /** The nameplates that are held, of all applications. */
  get nameplates(): string[] {
    return [...this.#apps.values()].flatMap(({ nameplates }) => [...nameplates.keys()]);
  }

  /** The mailboxes that at least one side has not closed, of all applications. */
  get mailboxes(): Mailbox[] {
    return [...this.#apps.values()].flatMap(({ mailboxes }) => [...mailboxes.values()]);
  }

  /** The nameplates that a side holds. */
  heldBy(side: string): string[] {
    return [...this.#apps.values()].flatMap(({ nameplates }) =>
      [...nameplates].flatMap(([name, { sides }]) => (sides.get(side) === true ? [name] : [])),
    );
  }

  /** Forgets everything. No later mailbox has the id of an earlier one. */
  forget(): void {
    this.#apps.clear();
  }

  /** Carries out one message of a client. */
  obey(state: ClientState, text: string): Outcome {
    const command = parse(text);
    if (typeof command === "string") return { answers: [refused(command, text)] };
    if (field(command, "type") === undefined) return { answers: [refused("missing 'type'", command)] };
    const ack = { type: "ack", id: field(command, "id") ?? null };
    try {
      const outcome = this.#run(state, command);
      return { ...outcome, answers: [ack, ...outcome.answers] };
    } catch (error) {
      if (error instanceof Refusal) return { answers: [ack, refused(error.message, command)] };
      throw error;
    }
  }

  #run(state: ClientState, command: JsonObject): Outcome {
    const type = field(command, "type");
    if (type === "ping") return answer({ type: "pong", pong: needed(command, "ping", "ping requires 'ping'") });
    if (type === "bind") return this.#bind(state, command);
    const run = typeof type === "string" && Object.hasOwn(this.#commands, type) ? this.#commands[type] : undefined;
    if (run === undefined) throw new Refusal("unknown type");
    if (state.app === undefined) throw new Refusal("must bind first");
    return run(state, state.app, command);
  }

  readonly #commands: { readonly [type: string]: (state: ClientState, app: App, command: JsonObject) => Outcome } = {
    list: (_, { nameplates }) => {
      const names = [...nameplates.keys()].sort();
      return answer({ type: "nameplates", nameplates: names.map((id) => ({ id })) });
    },
    allocate: (state, app) => this.#allocate(state, app),
    claim: (state, app, command) => this.#claim(state, app, command),
    release,
    open,
    add,
    close,
  };

  #bind(state: ClientState, command: JsonObject): Outcome {
    const appId = text(needed(command, "appid", "bind requires 'appid'"), "appid");
    const side = text(needed(command, "side", "bind requires 'side'"), "side");
    if (state.app !== undefined) throw new Refusal("already bound");
    const app = this.#apps.get(appId) ?? { nameplates: new Map(), mailboxes: new Map() };
    this.#apps.set(appId, app);
    state.app = app;
    state.side = side;
    return answer();
  }

  #allocate(state: ClientState, app: App): Outcome {
    if (state.allocated) throw new Refusal("you already allocated one, don't be greedy");
    state.allocated = true;
    let number = 1;
    while (app.nameplates.has(String(number))) number++;
    this.#hold(app, String(number), state.side);
    return answer({ type: "allocated", nameplate: String(number) });
  }

  #claim(state: ClientState, app: App, command: JsonObject): Outcome {
    const nameplate = needed(command, "nameplate", "claim requires 'nameplate'");
    if (typeof nameplate !== "string" || !/^[0-9]{1,40}$/.test(nameplate)) {
      throw new Refusal("'nameplate' must be a string of 1 to 40 digits");
    }
    if (state.nameplate !== undefined) throw new Refusal("only one claim per connection");
    state.nameplate = nameplate;
    return answer({ type: "claimed", mailbox: this.#hold(app, nameplate, state.side) });
  }

  /** Makes a side hold a nameplate, and opens the mailbox behind it. Returns the mailbox's id. */
  #hold(app: App, name: string, side: string): string {
    const nameplate = app.nameplates.get(name) ?? { mailbox: `mailbox-${++this.#made}`, sides: new Map() };
    if (nameplate.sides.get(side) === false) throw new Refusal("reclaimed");
    enter(app, nameplate.mailbox, side);
    app.nameplates.set(name, nameplate);
    nameplate.sides.set(side, true);
    return nameplate.mailbox;
  }
}

function release(state: ClientState, { nameplates }: App, command: JsonObject): Outcome {
  if (state.released) throw new Refusal("only one release per connection");
  const name = optional(command, "nameplate") ?? state.nameplate;
  if (name === undefined) throw new Refusal("release without nameplate must follow claim");
  if (name !== (state.nameplate ?? name)) throw new Refusal("release and claim must use same nameplate");
  state.released = true;
  const sides = nameplates.get(name)?.sides;
  if (sides?.has(state.side)) sides.set(state.side, false);
  if (sides && ![...sides.values()].includes(true)) nameplates.delete(name);
  return answer({ type: "released" });
}

function open(state: ClientState, app: App, command: JsonObject): Outcome {
  const id = text(needed(command, "mailbox", "open requires 'mailbox'"), "mailbox");
  if (state.mailbox !== undefined) throw new Refusal("only one open per connection");
  const mailbox = enter(app, id, state.side);
  state.mailboxId = id;
  state.mailbox = mailbox;
  state.closed = false;
  return { answers: [], stored: [...mailbox.messages] };
}

/** Lets a side into a mailbox, which is made if it does not exist. A third side is refused without a trace. */
function enter({ mailboxes }: App, id: string, side: string): Mailbox {
  const mailbox = mailboxes.get(id) ?? { sides: new Set(), open: new Set(), messages: [] };
  if (!mailbox.sides.has(side) && mailbox.sides.size === MAX_SIDES) throw new Refusal("crowded");
  mailboxes.set(id, mailbox);
  mailbox.sides.add(side);
  mailbox.open.add(side);
  return mailbox;
}

function add({ side, mailbox }: ClientState, _: App, command: JsonObject): Outcome {
  const phase = text(needed(command, "phase", "missing 'phase'"), "phase");
  const body = text(needed(command, "body", "missing 'body'"), "body");
  if (mailbox === undefined) throw new Refusal("must open mailbox before adding");
  const added = { type: "message", side, phase, body, id: field(command, "id") ?? null };
  mailbox.messages.push(added);
  return { answers: [], added };
}

function close(state: ClientState, { nameplates, mailboxes }: App, command: JsonObject): Outcome {
  if (state.closed) throw new Refusal("only one close per connection");
  const id = optional(command, "mailbox") ?? state.mailboxId;
  if (id === undefined) throw new Refusal("close without mailbox must follow open");
  if (id !== (state.mailboxId ?? id)) throw new Refusal("open and close must use same mailbox");
  state.mailboxId = id;
  state.mailbox = undefined;
  state.closed = true;
  const mailbox = mailboxes.get(id);
  mailbox?.open.delete(state.side);
  if (mailbox?.open.size === 0) {
    mailboxes.delete(id);
    for (const [name, nameplate] of nameplates) if (nameplate.mailbox === id) nameplates.delete(name);
  }
  return answer({ type: "closed" });
}

function parse(text: string): JsonObject | string {
  try {
    const value = JSON.parse(text) as JsonValue;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : "not a JSON object";
  } catch {
    return "not JSON";
  }
}

function answer(...answers: JsonObject[]): Outcome {
  return { answers };
}

function refused(error: string, orig: JsonValue): JsonObject {
  return { type: "error", error, orig };
}

function needed(command: JsonObject, name: string, error: string): JsonValue {
  const value = field(command, name);
  if (value === undefined) throw new Refusal(error);
  return value;
}

function optional(command: JsonObject, name: string): string | undefined {
  const value = field(command, name) ?? undefined;
  return value === undefined ? undefined : text(value, name);
}

function text(value: JsonValue, name: string): string {
  if (typeof value !== "string") throw new Refusal(`'${name}' must be a string`);
  return value;
}
