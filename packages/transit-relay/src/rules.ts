/**
 * The rules of pairing and closing clients: the relay as a pure machine over plain data.
 *
 * A client is a number here. {@link step} takes an event of one client and returns what has to be done, in order. It
 * performs nothing and has no clock. The lobby is changed in place, because it may hold thousands of clients.
 */
import type { Verdict } from "./handshake.ts";
import { MAX_WAITING, MAX_WAITING_PER_SIDE } from "./limits.ts";

/** All clients, each in exactly one of `arriving`, `waiting` and `paired`. The first two are oldest first. */
export interface Lobby {
  /** Clients whose handshake is not complete. */
  readonly arriving: Set<number>;
  /** Clients that wait for a partner, with their handshake. */
  readonly waiting: Map<number, Handshake>;
  /** Clients that have a partner, with that partner. */
  readonly paired: Map<number, number>;
  /** The waiting clients of each token, oldest first. */
  readonly tokens: Map<string, readonly number[]>;
  readonly limits: LobbyLimits;
}

/** The content of a client's handshake. */
export interface Handshake {
  readonly token: string;
  /** Old clients name no side, and are paired with any other. */
  readonly side: string | undefined;
}

/** How many clients may be without a partner: in total, and waiting for one side of one token. */
export interface LobbyLimits {
  readonly waiting: number;
  readonly waitingPerSide: number;
}

/** An event of the client `id`. */
export type Event = { readonly id: number } & (
  | { readonly on: "arrived" }
  | Verdict
  /** Its deadline has passed: for the handshake, for a partner, or for any byte in a pair. */
  | { readonly on: "late" }
  /** It has closed, failed, or sends no more. */
  | { readonly on: "gone" }
);

/** The answers of a relay. */
export type Answer = "ok" | "impatient" | "bad handshake";

/** An effect, which the switchboard carries out. */
export type Effect =
  /** Set the client's only deadline anew. */
  | { readonly do: "await"; readonly id: number; readonly what: "handshake" | "partner" }
  | { readonly do: "answer"; readonly id: number; readonly answer: Answer }
  /** From now on, forward bytes between the two. Their deadlines are cancelled. */
  | { readonly do: "pair"; readonly ids: readonly [number, number] }
  /** Send what is queued, then close. It happens once for each client, as its last effect. */
  | { readonly do: "close"; readonly id: number };

/** The state of a client. A client that was closed is absent, as is one that never arrived. */
export type State = "absent" | "arriving" | "waiting" | "paired";

type Rule<O> = ((lobby: Lobby, event: Extract<Event, { on: O }>) => Effect[]) | "stay";

/** A rule for every pair of state and event: leaving one out does not compile. */
type Table = { readonly [S in State]: { readonly [O in Event["on"]]: Rule<O> } };

/** Events that change nothing in most states. */
const ignored = { arrived: "stay", line: "stay", bad: "stay", overlong: "stay", early: "stay" } as const;

const table: Table = {
  // Events of a client that was closed may still arrive.
  absent: { ...ignored, arrived: admit, late: "stay", gone: "stay" },
  arriving: {
    arrived: "stay",
    line: match,
    bad: refuse,
    overlong: leave,
    early: refuseEarly,
    late: leave,
    gone: leave,
  },
  waiting: { ...ignored, early: refuseEarly, late: leave, gone: leave },
  paired: { ...ignored, late: separate, gone: separate },
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

/** Takes one event, changes the lobby, and returns what has to be done. */
export function step(lobby: Lobby, event: Event): Effect[] {
  const rule = table[stateOf(lobby, event.id)][event.on] as Rule<Event["on"]>;
  return rule === "stay" ? [] : rule(lobby, event);
}

/** The state of a client. */
export function stateOf(lobby: Lobby, id: number): State {
  if (lobby.paired.has(id)) return "paired";
  if (lobby.waiting.has(id)) return "waiting";
  return lobby.arriving.has(id) ? "arriving" : "absent";
}

function admit(lobby: Lobby, { id }: Event): Effect[] {
  const room = makeRoom(lobby);
  lobby.arriving.add(id);
  return [...room, { do: "await", id, what: "handshake" }];
}

/** If the lobby is full, closes the oldest client without a handshake, or the oldest of all if each has one. */
function makeRoom(lobby: Lobby): Effect[] {
  if (lobby.arriving.size + lobby.waiting.size < lobby.limits.waiting) return [];
  const [oldest] = lobby.arriving.size > 0 ? lobby.arriving : lobby.waiting.keys();
  return oldest === undefined ? [] : leave(lobby, { id: oldest });
}

/** Pairs a client with the first one that waits for it, and closes the other waiting clients of the token. */
function match(lobby: Lobby, { id, token, side }: Extract<Event, { on: "line" }>): Effect[] {
  lobby.arriving.delete(id);
  const others = lobby.tokens.get(token) ?? [];
  const partner = others.find((other) => fits(side, lobby.waiting.get(other)?.side));
  if (partner === undefined) return wait(lobby, id, { token, side });
  const spares = others.filter((other) => other !== partner);
  for (const other of others) lobby.waiting.delete(other);
  lobby.tokens.delete(token);
  lobby.paired.set(id, partner).set(partner, id);
  return [answer(partner, "ok"), answer(id, "ok"), { do: "pair", ids: [partner, id] }, ...spares.map(close)];
}

/** A side is never paired with itself. A client without a side is paired with any other. */
function fits(side: string | undefined, other: string | undefined): boolean {
  return side === undefined || other === undefined || side !== other;
}

/** Lets a client wait. If its side has too many waiting clients, the oldest are closed. */
function wait(lobby: Lobby, id: number, handshake: Handshake): Effect[] {
  lobby.waiting.set(id, handshake);
  // All waiting clients of one token have the same side, or they would be paired.
  const all = [...(lobby.tokens.get(handshake.token) ?? []), id];
  lobby.tokens.set(handshake.token, all);
  const surplus = all.slice(0, -lobby.limits.waitingPerSide).flatMap((oldest) => leave(lobby, { id: oldest }));
  return [{ do: "await", id, what: "partner" }, ...surplus];
}

function refuse(lobby: Lobby, event: Event): Effect[] {
  return [answer(event.id, "bad handshake"), ...leave(lobby, event)];
}

function refuseEarly(lobby: Lobby, event: Event): Effect[] {
  return [answer(event.id, "impatient"), ...leave(lobby, event)];
}

/** Removes and closes a client without a partner. */
function leave(lobby: Lobby, { id }: { readonly id: number }): Effect[] {
  lobby.arriving.delete(id);
  const token = lobby.waiting.get(id)?.token;
  lobby.waiting.delete(id);
  if (token !== undefined) removeFromToken(lobby, token, id);
  return [close(id)];
}

function removeFromToken(lobby: Lobby, token: string, id: number): void {
  const others = (lobby.tokens.get(token) ?? []).filter((other) => other !== id);
  if (others.length > 0) lobby.tokens.set(token, others);
  else lobby.tokens.delete(token);
}

/** Removes and closes a client and its partner: a relay has no half-close. */
function separate(lobby: Lobby, { id }: Event): Effect[] {
  const partner = lobby.paired.get(id);
  lobby.paired.delete(id);
  if (partner === undefined) return [close(id)];
  lobby.paired.delete(partner);
  return [close(partner), close(id)];
}

function answer(id: number, text: Answer): Effect {
  return { do: "answer", id, answer: text };
}

function close(id: number): Effect {
  return { do: "close", id };
}
