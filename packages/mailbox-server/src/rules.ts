/**
 * The rules for one client: its message and its state lead to a next state and to effects.
 *
 * Nothing here has a socket, a clock or randomness of its own. A client's state is plain data, the world is an
 * argument, and what has to be done is returned as effects. No effect may become visible before the store has
 * committed.
 */
import { type Command, decode, type Request } from "./commands.ts";
import * as limits from "./limits.ts";
import * as mailboxes from "./mailboxes.ts";
import type { ServerMessage, SideMessage } from "./messages.ts";
import * as nameplates from "./nameplates.ts";
import type { StoredMessage } from "./store.ts";
import type { World } from "./world.ts";

/** The state of a client on its present connection. What outlives the connection belongs to its side, in the store. */
export type ClientState = Unbound | Bound;

/** The client has not sent `bind` yet. */
export interface Unbound {
  readonly at: "unbound";
}

/** The client is one side of one app, with one nameplate and one mailbox at a time. */
export interface Bound {
  readonly at: "bound";
  readonly app: string;
  readonly side: string;
  readonly allocated: boolean;
  /** The nameplate that this client has tried to claim, with or without success. */
  readonly nameplate: string | undefined;
  readonly released: boolean;
  /** The mailbox that this client has tried to open, with or without success. */
  readonly mailbox: string | undefined;
  readonly open: boolean;
  readonly closed: boolean;
}

/** An effect of a command, which the hub carries out. Several effects are carried out in order. */
export type Effect =
  /** Send to this client. */
  | { readonly do: "send"; readonly message: ServerMessage }
  /** Send this client the mailbox's messages, present and future ones. */
  | { readonly do: "subscribe"; readonly app: string; readonly mailbox: string }
  | { readonly do: "unsubscribe" }
  /** Send a new message to every subscriber of its mailbox. */
  | { readonly do: "deliver"; readonly app: string; readonly mailbox: string; readonly message: StoredMessage }
  /** The mailbox was removed. If one with the same id is made again, its messages count from 1. */
  | { readonly do: "emptied"; readonly app: string; readonly mailbox: string };

/** The next state, then the effects. */
export type Step = readonly [next: ClientState, ...effects: Effect[]];

/** The first state of every client. */
export const UNBOUND: Unbound = { at: "unbound" };

/** Takes one message of a client. Every command is acknowledged before its other effects. */
export function receive(state: ClientState, text: string, world: World): Step {
  const request = decode(text);
  const [next, ...effects] = execute(state, request, world);
  return request.id === undefined ? [next, ...effects] : [next, send({ type: "ack", id: request.id }), ...effects];
}

/** A stored message in the form in which it is sent. */
export function shown({ side, phase, body, id, receivedAt }: StoredMessage): SideMessage {
  return { type: "message", side, phase, body, id, server_rx: receivedAt };
}

function execute(state: ClientState, request: Request, world: World): Step {
  const { command } = request;
  if (command.type === "error") return refuse(state, request, command.error);
  if (command.type === "ping") return [state, send({ type: "pong", pong: command.ping })];
  if (command.type === "bind") return bind(state, request, command, world);
  if (state.at === "unbound") return refuse(state, request, world.policy.refusal ?? "must bind first");
  return executeBound(state, request, command, world);
}

type Of<T> = Extract<Command, { type: T }>;

function executeBound(
  state: Bound,
  request: Request,
  command: Exclude<Command, Of<"ping" | "bind">>,
  world: World,
): Step {
  switch (command.type) {
    case "list":
      return list(state, world);
    case "allocate":
      return allocate(state, request, world);
    case "claim":
      return claim(state, request, command, world);
    case "release":
      return release(state, request, command, world);
    case "open":
      return open(state, request, command, world);
    case "add":
      return add(state, request, command, world);
    case "close":
      return close(state, request, command, world);
  }
}

function bind(state: ClientState, request: Request, { appid, side }: Of<"bind">, { policy }: World): Step {
  if (state.at === "bound") return refuse(state, request, "already bound");
  // Some clients do not read the error in the welcome, so it also answers their first command.
  if (policy.refusal !== undefined) return refuse(state, request, policy.refusal);
  return [{ ...FRESH, app: appid, side }];
}

const FRESH = {
  at: "bound",
  allocated: false,
  nameplate: undefined,
  released: false,
  mailbox: undefined,
  open: false,
  closed: false,
} as const;

function list(state: Bound, { store, policy }: World): Step {
  const names = policy.allowList ? store.listNameplates(state.app, limits.MAX_LISTED) : [];
  return [state, send({ type: "nameplates", nameplates: names.map((id) => ({ id })) })];
}

function allocate(state: Bound, request: Request, world: World): Step {
  if (state.allocated) return refuse(state, request, "you already allocated one, don't be greedy");
  const nameplate = nameplates.allocate(world, state.app, state.side);
  if (nameplate === undefined) return refuse(state, request, "no nameplate is free, try again later");
  return [{ ...state, allocated: true }, send({ type: "allocated", nameplate })];
}

function claim(state: Bound, request: Request, { nameplate }: Of<"claim">, world: World): Step {
  if (state.nameplate !== undefined) return refuse(state, request, "only one claim per connection");
  const next = { ...state, nameplate };
  const claimed = nameplates.claim(world, state.app, nameplate, state.side);
  if (typeof claimed === "string") return refuse(next, request, claimed);
  return [next, send({ type: "claimed", mailbox: claimed.mailbox })];
}

function release(state: Bound, request: Request, command: Of<"release">, { store }: World): Step {
  if (state.released) return refuse(state, request, "only one release per connection");
  const nameplate = command.nameplate ?? state.nameplate;
  if (nameplate === undefined) return refuse(state, request, "release without nameplate must follow claim");
  if (nameplate !== (state.nameplate ?? nameplate)) {
    return refuse(state, request, "release and claim must use same nameplate");
  }
  nameplates.release(store, state.app, nameplate, state.side);
  return [{ ...state, released: true }, send({ type: "released" })];
}

function open(state: Bound, request: Request, { mailbox }: Of<"open">, world: World): Step {
  const { app, side } = state;
  if (state.open) return refuse(state, request, "only one open per connection");
  if (mailboxes.enter(world, app, mailbox, side) === "crowded") {
    return refuse({ ...state, mailbox, closed: false }, request, "crowded");
  }
  return [
    { ...state, mailbox, open: true, closed: false },
    { do: "subscribe", app, mailbox },
  ];
}

function add(state: Bound, request: Request, { phase, body }: Of<"add">, world: World): Step {
  const { app, side, mailbox } = state;
  if (!state.open || mailbox === undefined) return refuse(state, request, "must open mailbox before adding");
  const sent = { side, phase, body, id: request.id ?? null, receivedAt: world.now };
  const message = mailboxes.add(world, app, mailbox, sent);
  if ("error" in message) return refuse(state, request, message.error);
  return [state, { do: "deliver", app, mailbox, message }];
}

function close(state: Bound, request: Request, command: Of<"close">, { store }: World): Step {
  const { app, side } = state;
  if (state.closed) return refuse(state, request, "only one close per connection");
  const mailbox = command.mailbox ?? state.mailbox;
  if (mailbox === undefined) return refuse(state, request, "close without mailbox must follow open");
  if (mailbox !== (state.mailbox ?? mailbox)) return refuse(state, request, "open and close must use same mailbox");
  const next: Bound = { ...state, mailbox, open: false, closed: true };
  const closed: Effect[] = [{ do: "unsubscribe" }, send({ type: "closed" })];
  if (mailboxes.close(store, app, mailbox, side) === "kept") return [next, ...closed];
  return [next, ...closed, { do: "emptied", app, mailbox }];
}

const send = (message: ServerMessage): Effect => ({ do: "send", message });

function refuse(state: ClientState, { orig }: Request, error: string): Step {
  return [state, send({ type: "error", error, orig })];
}
