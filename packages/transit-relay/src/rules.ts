/**
 * Who is paired with whom, and who has to go: the relay as a pure machine over plain data.
 *
 * A connection is a number here. {@link step} takes what happened to one of them and gives what is to be done, in
 * order; it performs nothing and knows no clock. The lobby is changed in place, because it may hold thousands.
 */
import type { Verdict } from "./handshake.ts";
import { MAX_WAITING, MAX_WAITING_PER_SIDE } from "./limits.ts";

/** All connections, each in exactly one of three places; `waiting` and `arriving` are oldest first. */
export interface Lobby {
  /** Those that owe their handshake. */
  readonly arriving: Set<number>;
  /** Those that wait for a partner. */
  readonly waiting: Map<number, Ticket>;
  /** Those that have a partner: the partner. */
  readonly paired: Map<number, number>;
  /** The waiting ones of each token, oldest first. */
  readonly tokens: Map<string, readonly number[]>;
  readonly limits: LobbyLimits;
}

/** What a client said in its handshake. */
export interface Ticket {
  readonly token: string;
  /** Old clients name none, and go with anybody. */
  readonly side: string | undefined;
}

/** How many connections may be without a partner: in all, and for one side of one token. */
export interface LobbyLimits {
  readonly waiting: number;
  readonly waitingPerSide: number;
}

/** What happened to the connection `id`. */
export type Event = { readonly id: number } & (
  | { readonly on: "arrived" }
  | Verdict
  /** Its deadline is past: for the handshake, for a partner, or for any byte in a pair. */
  | { readonly on: "late" }
  /** It closed, failed, or said that it will send no more. */
  | { readonly on: "gone" }
);

/** The three words that a relay has. */
export type Word = "ok" | "impatient" | "bad handshake";

/** What is to be done. */
export type Effect =
  /** Set the connection's one deadline anew. */
  | { readonly do: "await"; readonly id: number; readonly what: "handshake" | "partner" }
  | { readonly do: "say"; readonly id: number; readonly word: Word }
  /** From now on carry bytes between the two; their deadlines are void. */
  | { readonly do: "pair"; readonly ids: readonly [number, number] }
  /** Send what is queued, then close. Comes once for each connection, and last. */
  | { readonly do: "close"; readonly id: number };

type Place = "absent" | "arriving" | "waiting" | "paired";
type Rule<O> = ((lobby: Lobby, event: Extract<Event, { on: O }>) => Effect[]) | "stay";

/** Every place and event is decided: leaving one out does not compile. */
type Table = { readonly [P in Place]: { readonly [O in Event["on"]]: Rule<O> } };

const nothing = { arrived: "stay", line: "stay", bad: "stay", overlong: "stay", early: "stay" } as const;

/** The rules as data: to be drawn, counted and checked. */
export const table: Table = {
  // A connection that was closed here may still be heard of.
  absent: { ...nothing, arrived: admit, late: "stay", gone: "stay" },
  arriving: { arrived: "stay", line: meet, bad: refuse, overlong: leave, early: scold, late: leave, gone: leave },
  waiting: { ...nothing, early: scold, late: leave, gone: leave },
  paired: { ...nothing, late: part, gone: part },
};

/** An empty lobby. */
export function createLobby(limits: Partial<LobbyLimits> = {}): Lobby {
  return {
    arriving: new Set(),
    waiting: new Map(),
    paired: new Map(),
    tokens: new Map(),
    limits: { waiting: MAX_WAITING, waitingPerSide: MAX_WAITING_PER_SIDE, ...limits },
  };
}

/** Takes one event, and gives what it leads to. */
export function step(lobby: Lobby, event: Event): Effect[] {
  const rule = table[placeOf(lobby, event.id)][event.on] as Rule<Event["on"]>;
  return rule === "stay" ? [] : rule(lobby, event);
}

/** Where a connection is. */
export function placeOf(lobby: Lobby, id: number): Place {
  if (lobby.paired.has(id)) return "paired";
  if (lobby.waiting.has(id)) return "waiting";
  return lobby.arriving.has(id) ? "arriving" : "absent";
}

function admit(lobby: Lobby, { id }: Event): Effect[] {
  const room = makeRoom(lobby);
  lobby.arriving.add(id);
  return [...room, { do: "await", id, what: "handshake" }];
}

/** When the lobby is full, who has been in it longest gives way: first those that have not even said what they want. */
function makeRoom(lobby: Lobby): Effect[] {
  if (lobby.arriving.size + lobby.waiting.size < lobby.limits.waiting) return [];
  const [oldest] = lobby.arriving.size > 0 ? lobby.arriving : lobby.waiting.keys();
  return oldest === undefined ? [] : leave(lobby, { id: oldest });
}

/** Pairs the newcomer with the first that waits for it, and sends away the others of its token. */
function meet(lobby: Lobby, { id, token, side }: Extract<Event, { on: "line" }>): Effect[] {
  lobby.arriving.delete(id);
  const others = lobby.tokens.get(token) ?? [];
  const partner = others.find((other) => fits(side, lobby.waiting.get(other)?.side));
  if (partner === undefined) return wait(lobby, id, { token, side });
  const spares = others.filter((other) => other !== partner);
  for (const other of others) lobby.waiting.delete(other);
  lobby.tokens.delete(token);
  lobby.paired.set(id, partner).set(partner, id);
  return [say(partner, "ok"), say(id, "ok"), { do: "pair", ids: [partner, id] }, ...spares.map(close)];
}

/** A side never meets itself; a client without a side meets anybody. */
function fits(side: string | undefined, other: string | undefined): boolean {
  return side === undefined || other === undefined || side !== other;
}

/** One side that tries again and again keeps its newest attempts. */
function wait(lobby: Lobby, id: number, ticket: Ticket): Effect[] {
  lobby.waiting.set(id, ticket);
  // All that wait for one token have the same side, or they would have met.
  const all = [...(lobby.tokens.get(ticket.token) ?? []), id];
  lobby.tokens.set(ticket.token, all);
  const surplus = all.slice(0, -lobby.limits.waitingPerSide).flatMap((oldest) => leave(lobby, { id: oldest }));
  return [{ do: "await", id, what: "partner" }, ...surplus];
}

function refuse(lobby: Lobby, event: Event): Effect[] {
  return [say(event.id, "bad handshake"), ...leave(lobby, event)];
}

function scold(lobby: Lobby, event: Event): Effect[] {
  return [say(event.id, "impatient"), ...leave(lobby, event)];
}

/** Somebody without a partner goes. */
function leave(lobby: Lobby, { id }: { readonly id: number }): Effect[] {
  lobby.arriving.delete(id);
  const token = lobby.waiting.get(id)?.token;
  lobby.waiting.delete(id);
  if (token !== undefined) forget(lobby, token, id);
  return [close(id)];
}

function forget(lobby: Lobby, token: string, id: number): void {
  const others = (lobby.tokens.get(token) ?? []).filter((other) => other !== id);
  if (others.length > 0) lobby.tokens.set(token, others);
  else lobby.tokens.delete(token);
}

/** One of a pair goes, and so does the other: a relay knows no half-close. */
function part(lobby: Lobby, { id }: Event): Effect[] {
  const partner = lobby.paired.get(id);
  lobby.paired.delete(id);
  if (partner === undefined) return [close(id)];
  lobby.paired.delete(partner);
  return [close(partner), close(id)];
}

function say(id: number, word: Word): Effect {
  return { do: "say", id, word };
}

function close(id: number): Effect {
  return { do: "close", id };
}
