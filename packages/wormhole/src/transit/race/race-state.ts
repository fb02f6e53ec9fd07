/** Who takes part in the race for a connection, and who starts next. All of it pure, over plain data. */

import type { Role } from "../keys.ts";
import { MAX_ATTEMPTS, MAX_DIALLED, MAX_INBOUND, PATIENCE, STAGGER } from "../limits.ts";
import { type Candidate, type Dialled, describe, type Inbound } from "./candidates.ts";

/** A candidate that has started. */
export interface Runner {
  readonly candidate: Candidate;
  /** No connection yet; connected; both sides have proved themselves. */
  readonly stage: "dialling" | "talking" | "ready";
}

export interface Field {
  readonly role: Role;
  /** Whether others can reach us. */
  readonly listening: boolean;
  /** Whether hints of the other side have come. */
  readonly heard: boolean;
  /** Those to be dialled, the best first. */
  readonly waiting: readonly Dialled[];
  readonly runners: readonly Runner[];
  /** Each endpoint is dialled once, whoever names it however often. */
  readonly known: readonly string[];
  /** Why candidates failed, for people. */
  readonly failures: readonly string[];
  /** An attempt has just started: the next one waits for the `stagger` timer. */
  readonly pausing: boolean;
  /** The `relays` timer has fired. */
  readonly relaysDue: boolean;
  /** The `crowded` timer runs. */
  readonly crowded: boolean;
  /** The `alone` timer runs. */
  readonly alone: boolean;
}

/** The timers of a race. A timer that is set again starts anew. */
export type RaceTimer = "stagger" | "relays" | "crowded" | "settle" | "alone" | "late";

export type RaceEffect =
  /** Connect to the candidate, then do the handshake. */
  | { readonly do: "dial"; readonly candidate: Dialled }
  /** Do the handshake on a connection that was accepted. */
  | { readonly do: "talk"; readonly id: number }
  /** This one is not wanted any more. */
  | { readonly do: "drop"; readonly id: number }
  /** This is the connection: a sender says so to the other side, a receiver was told. */
  | { readonly do: "win"; readonly id: number }
  | { readonly do: "lose"; readonly failures: readonly string[] }
  | { readonly do: "timer"; readonly name: RaceTimer; readonly after: number };

/** A field and what is to be done about it. */
export type Changed = readonly [Field, ...RaceEffect[]];

/** Adds candidates that were not known yet. */
export function hinted(field: Field, candidates: readonly Dialled[]): Field {
  const fresh = new Map(candidates.map((candidate) => [describe(candidate), candidate]));
  for (const known of field.known) fresh.delete(known);
  const added = [...fresh.values()].slice(0, MAX_DIALLED - field.known.length);
  return {
    ...field,
    heard: true,
    waiting: [...field.waiting, ...added].sort((a, b) => b.endpoint.priority - a.endpoint.priority),
    known: [...field.known, ...added.map(describe)],
  };
}

/** Starts the next candidate, if it is its time and there is room. */
export function advance(field: Field): Changed {
  const next = nextInTurn(field);
  if (next === undefined || field.pausing) return [field];
  if (attempts(field).length >= MAX_ATTEMPTS) {
    return field.crowded ? [field] : [{ ...field, crowded: true }, timer("crowded", PATIENCE)];
  }
  const waiting = field.waiting.filter((candidate) => candidate !== next);
  const runners: Runner[] = [...field.runners, { candidate: next, stage: "dialling" }];
  return [{ ...field, waiting, runners, pausing: true }, { do: "dial", candidate: next }, timer("stagger", STAGGER)];
}

/** A relay as soon as relays may go, otherwise the best direct way. */
function nextInTurn(field: Field): Dialled | undefined {
  const relay = field.waiting.find(({ kind }) => kind === "relay");
  const direct = field.waiting.find(({ kind }) => kind === "direct");
  const onlyRelays = direct === undefined && !field.runners.some(({ candidate }) => candidate.kind === "direct");
  return field.relaysDue || onlyRelays ? (relay ?? direct) : direct;
}

/** Lets somebody in who has dialled us; at the limit, the oldest who has proved nothing goes. */
export function admit(field: Field, candidate: Inbound): Changed {
  const inbound = field.runners.filter((runner) => runner.candidate.kind === "inbound");
  const admitted: Field = { ...field, runners: [...field.runners, { candidate, stage: "talking" }] };
  if (inbound.length < MAX_INBOUND) return [admitted];
  const oldest = inbound.find(({ stage }) => stage !== "ready")?.candidate ?? candidate;
  return [without(admitted, oldest.id), { do: "drop", id: oldest.id }];
}

/** The attempt that has been dialling longest gives its place to those who wait. */
export function makeRoom(field: Field): Changed {
  if (attempts(field).length < MAX_ATTEMPTS || nextInTurn(field) === undefined) return [field];
  const slowest = attempts(field).find(({ stage }) => stage === "dialling")?.candidate;
  if (slowest === undefined) return [field];
  return [failed(field, slowest.id, "no answer"), { do: "drop", id: slowest.id }];
}

export function reached(field: Field, id: number, stage: Runner["stage"]): Field {
  const runners = field.runners.map((runner) => (runner.candidate.id === id ? { ...runner, stage } : runner));
  return { ...field, runners };
}

/** Takes a candidate out, and remembers why. What strangers do at our port is not worth telling. */
export function failed(field: Field, id: number, reason: string): Field {
  const candidate = field.runners.find((runner) => runner.candidate.id === id)?.candidate;
  if (candidate === undefined || candidate.kind === "inbound") return without(field, id);
  return { ...without(field, id), failures: [...field.failures, `${describe(candidate)}: ${reason}`] };
}

function without(field: Field, id: number): Field {
  return { ...field, runners: field.runners.filter(({ candidate }) => candidate.id !== id) };
}

function attempts(field: Field): Runner[] {
  return field.runners.filter(({ candidate }) => candidate.kind !== "inbound");
}

export function timer(name: RaceTimer, after: number): RaceEffect {
  return { do: "timer", name, after };
}
