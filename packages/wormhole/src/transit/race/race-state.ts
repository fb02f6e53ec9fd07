/** The candidates of a race, and the pure functions that add, start and drop them. The transitions are in `race.ts`. */
import type { TransitRole } from "../keys.ts";
import {
  CROWDED_PATIENCE_MS,
  MAX_ATTEMPTS,
  MAX_DIALLED_DIRECTLY,
  MAX_DIALLED_RELAYS,
  MAX_INBOUND,
  STAGGER_MS,
} from "../limits.ts";
import { type Candidate, type InboundCandidate, type OutboundCandidate, wayInWords } from "./candidates.ts";

/**
 * How far a candidate has come: not connected yet; connected; both sides have proved that they have the key. At a receiver
 * that waits for the first record: the sender, or a stranger, has chosen it; it is doubted, because the record did not come.
 */
export type Stage = "dialling" | "handshaking" | "ready" | "chosen" | "doubted";

/** A candidate that has started. */
export interface StartedCandidate {
  readonly candidate: Candidate;
  readonly stage: Stage;
}

/** Why a candidate failed. */
export interface Failure {
  /** The candidate, for people. */
  readonly way: string;
  readonly reason: string;
}

/** The part that all states of a race share, except `over`. */
export interface RaceProgress {
  readonly role: TransitRole;
  /** Whether a chosen candidate must prove itself by its first record, and the others are kept until then. */
  readonly proving: boolean;
  /** Whether the peer can dial this side. */
  readonly listening: boolean;
  /** Whether hints from the peer have arrived. */
  readonly hinted: boolean;
  /** Candidates that have not started, the best first. */
  readonly waiting: readonly OutboundCandidate[];
  readonly started: readonly StartedCandidate[];
  /** All candidates so far. Each is dialled once, even if it is named several times. */
  readonly known: readonly OutboundCandidate[];
  /** The candidates that failed. */
  readonly failures: readonly Failure[];
  /** Whether the `stagger` timer runs: an attempt has just started, and the next one waits. */
  readonly staggered: boolean;
  /** Whether the `fallback` timer has fired: candidates of that rank may start. */
  readonly fallbackDue: boolean;
  /** Whether the `crowded` timer runs. */
  readonly crowded: boolean;
  /** Whether the `alone` timer runs. */
  readonly alone: boolean;
}

/** The timers of a race. A timer that is set again starts anew. */
export type RaceTimer = "stagger" | "fallback" | "crowded" | "settle" | "alone" | "second" | "deadline";

/** The effects of a race. */
export type RaceEffect =
  /** Connect to the candidate, then perform the handshake. */
  | { readonly do: "dial"; readonly candidate: OutboundCandidate }
  /** Perform the handshake on an accepted connection. */
  | { readonly do: "handshake"; readonly id: number }
  /** The candidate is no longer needed. */
  | { readonly do: "drop"; readonly id: number }
  /** The other side has chosen this candidate. It is used, and the others are kept until its first record has opened. */
  | { readonly do: "elect"; readonly id: number }
  /** The connection of this candidate is chosen. If this side is the sender, the driver tells the peer. */
  | { readonly do: "win"; readonly id: number }
  /** No connection could be made. */
  | { readonly do: "lose"; readonly failures: readonly Failure[] }
  /** Post the event `name` after `after` milliseconds. */
  | { readonly do: "timer"; readonly name: RaceTimer; readonly after: number };

/** The new progress, and the effects that belong to the change. */
export type Changed = readonly [RaceProgress, ...RaceEffect[]];

/** Adds the candidates that are not known yet. Direct ones, however many, leave room for relays. */
export function addCandidates(progress: RaceProgress, candidates: readonly OutboundCandidate[]): RaceProgress {
  const fresh = new Map(candidates.map((candidate) => [candidate.description, candidate]));
  for (const { description } of progress.known) fresh.delete(description);
  const room = (rank: OutboundCandidate["rank"], most: number) =>
    Math.max(0, most - progress.known.filter((known) => known.rank === rank).length);
  const ofRank = (rank: OutboundCandidate["rank"], most: number) =>
    [...fresh.values()].filter((candidate) => candidate.rank === rank).slice(0, room(rank, most));
  const added = [...ofRank("preferred", MAX_DIALLED_DIRECTLY), ...ofRank("fallback", MAX_DIALLED_RELAYS)];
  return {
    ...progress,
    hinted: true,
    waiting: [...progress.waiting, ...added].sort((a, b) => b.endpoint.priority - a.endpoint.priority),
    known: [...progress.known, ...added],
  };
}

/** Starts the next candidate, if one may start now. */
export function startNext(progress: RaceProgress): Changed {
  const next = nextInTurn(progress);
  if (next === undefined || progress.staggered) return [progress];
  if (outbound(progress).length >= MAX_ATTEMPTS) {
    return progress.crowded ? [progress] : [{ ...progress, crowded: true }, timer("crowded", CROWDED_PATIENCE_MS)];
  }
  const waiting = progress.waiting.filter((candidate) => candidate !== next);
  const started: StartedCandidate[] = [...progress.started, { candidate: next, stage: "dialling" }];
  return [
    { ...progress, waiting, started, staggered: true },
    { do: "dial", candidate: next },
    timer("stagger", STAGGER_MS),
  ];
}

/** The next candidate: the best fallback if fallbacks may start, otherwise the best preferred one. */
function nextInTurn(progress: RaceProgress): OutboundCandidate | undefined {
  const fallback = progress.waiting.find(({ rank }) => rank === "fallback");
  const preferred = progress.waiting.find(({ rank }) => rank === "preferred");
  const onlyFallbacks =
    preferred === undefined && !outbound(progress).some(({ candidate }) => candidate.rank === "preferred");
  return progress.fallbackDue || onlyFallbacks ? (fallback ?? preferred) : preferred;
}

/** Adds an accepted connection. If there are too many, the oldest one without a proof of the key is dropped. */
export function addInbound(progress: RaceProgress, candidate: InboundCandidate): Changed {
  const inbound = progress.started.filter((started) => started.candidate.inbound);
  const added: RaceProgress = { ...progress, started: [...progress.started, { candidate, stage: "handshaking" }] };
  if (inbound.length < MAX_INBOUND) return [added];
  const oldest = inbound.find(({ stage }) => stage === "handshaking")?.candidate ?? candidate;
  return [without(added, oldest.id), { do: "drop", id: oldest.id }];
}

/** Drops the attempt that has been dialling longest, if the limit is reached and another candidate waits. */
export function makeRoom(progress: RaceProgress): Changed {
  if (outbound(progress).length < MAX_ATTEMPTS || nextInTurn(progress) === undefined) return [progress];
  const slowest = outbound(progress).find(({ stage }) => stage === "dialling")?.candidate;
  if (slowest === undefined) return [progress];
  return [addFailure(progress, slowest.id, "no answer"), { do: "drop", id: slowest.id }];
}

/** Records how far a candidate has come. */
export function setStage(progress: RaceProgress, id: number, stage: Stage): RaceProgress {
  const started = progress.started.map((each) => (each.candidate.id === id ? { ...each, stage } : each));
  return { ...progress, started };
}

/**
 * Removes a candidate and keeps the reason. For accepted connections it is not kept, because strangers may cause it.
 */
export function addFailure(progress: RaceProgress, id: number, reason: string): RaceProgress {
  const candidate = progress.started.find((started) => started.candidate.id === id)?.candidate;
  if (candidate === undefined || candidate.inbound) return without(progress, id);
  return { ...without(progress, id), failures: [...progress.failures, { way: wayInWords(candidate), reason }] };
}

function without(progress: RaceProgress, id: number): RaceProgress {
  return { ...progress, started: progress.started.filter(({ candidate }) => candidate.id !== id) };
}

function outbound({ started }: RaceProgress): StartedCandidate[] {
  return started.filter(({ candidate }) => !candidate.inbound);
}

/** The effect that sets a timer, in milliseconds. */
export function timer(name: RaceTimer, after: number): RaceEffect {
  return { do: "timer", name, after };
}
