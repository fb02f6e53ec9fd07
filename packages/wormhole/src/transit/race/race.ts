/**
 * The race for a connection, as a machine: it tries all candidates, and the sender decides which one is used.
 *
 * Preferred candidates start at once, one shortly after the other. Fallbacks follow after a delay. The first candidate
 * that is ready wins. If it is a fallback and a preferred candidate can still succeed, it waits a moment.
 */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { TransitRole } from "../keys.ts";
import { ALONE_DEADLINE_MS, RACE_DEADLINE_MS, RELAY_DELAY_MS, SECOND_CHANCE_MS, SETTLE_DELAY_MS } from "../limits.ts";
import type { Candidate, InboundCandidate, OutboundCandidate } from "./candidates.ts";
import {
  addCandidates,
  addFailure,
  addInbound,
  type Changed,
  makeRoom,
  type RaceEffect,
  type RaceProgress,
  type RaceTimer,
  setStage,
  startNext,
  timer,
} from "./race-state.ts";

/** The states of a race. */
export type RaceState =
  /** The race has not started. Hints and inbound connections may already arrive. */
  | (RaceProgress & { readonly at: "waiting" })
  /** Candidates are being tried. */
  | (RaceProgress & { readonly at: "racing" })
  /** A fallback is ready, but a preferred candidate can still succeed. Only a sender can be in this state. */
  | (RaceProgress & { readonly at: "settling"; readonly fallback: number })
  /** The race is won, lost or closed. */
  | { readonly at: "over" };

/** The events of a race. */
export type RaceEvent =
  /** Hints from the peer arrived, as candidates. */
  | { readonly on: "hints"; readonly candidates: readonly OutboundCandidate[] }
  /** The application asked for a connection. */
  | { readonly on: "start"; readonly listening: boolean }
  /** A connection was accepted. */
  | { readonly on: "accepted"; readonly candidate: InboundCandidate }
  /** A candidate was dialled successfully; its handshake begins. */
  | { readonly on: "connected"; readonly id: number }
  /** Both sides of this candidate have proved that they have the key. */
  | { readonly on: "ready"; readonly id: number }
  /** The sender chose this candidate. Only a receiver gets this event. */
  | { readonly on: "chosen"; readonly id: number }
  /** The first record of a chosen candidate has opened. Only a receiver gets this event. */
  | { readonly on: "proved"; readonly id: number }
  /** A chosen candidate has closed before its first record, or that record does not open. */
  | { readonly on: "doubted"; readonly id: number }
  /** A candidate failed. */
  | { readonly on: "failed"; readonly id: number; readonly reason: string }
  /** A timer fired. */
  | { readonly on: RaceTimer }
  /** The application closed the transit. */
  | { readonly on: "close" };

type RaceStep = Step<RaceState, RaceEffect>;

/**
 * The state of a race before its start, with this side's own candidates. If `proving`, a receiver's candidate wins by its
 * first record; otherwise by the sender's choice.
 */
export function awaitStart(role: TransitRole, candidates: readonly OutboundCandidate[], proving = false): RaceState {
  const empty: RaceProgress = {
    role,
    proving,
    listening: false,
    hinted: false,
    waiting: [],
    started: [],
    known: [],
    failures: [],
    staggered: false,
    fallbackDue: false,
    crowded: false,
    alone: false,
  };
  return { ...addCandidates(empty, candidates), hinted: false, at: "waiting" };
}

/** Decides when each candidate starts, and which connection is used. */
export const race = machine<RaceState, RaceEvent, RaceEffect, Unexpected>({
  waiting: {
    hints: (state, { candidates }) => [{ ...addCandidates(state, candidates), at: "waiting" }],
    start: (state, { listening }) => start({ ...state, listening }),
    accepted: (state, { candidate }) => {
      const [progress, ...effects] = addInbound(state, candidate);
      return [{ ...progress, at: "waiting" }, ...effects];
    },
    failed: (state, { id, reason }) => [{ ...addFailure(state, id, reason), at: "waiting" }],
    close: (state) => close(state),
    ...unexpected("connected", "ready", "chosen", "proved", "doubted"),
    ...stay("stagger", "fallback", "crowded", "settle", "alone", "second", "deadline"),
  },
  racing: {
    hints: (state, { candidates }) => proceed(addCandidates(state, candidates)),
    accepted: (state, { candidate }) => racing(addInbound(state, candidate), shakeHands(candidate)),
    connected: (state, { id }) => racing([setStage(state, id, "handshaking")]),
    ready: (state, { id }) => decide(state, id),
    chosen: (state, { id }) => (state.proving ? elect(state, id) : win(state, id)),
    proved: (state, { id }) => win(state, id),
    doubted: (state, { id }) => doubt(state, id),
    failed: (state, { id, reason }) => withoutOthers({ ...addFailure(state, id, reason), staggered: false }),
    stagger: (state) => proceed({ ...state, staggered: false }),
    fallback: (state) => proceed({ ...state, fallbackDue: true }),
    crowded: (state) => {
      const [progress, ...effects] = makeRoom({ ...state, crowded: false });
      const [next, ...more] = proceed(progress);
      return [next, ...effects, ...more];
    },
    alone: (state) => (isIdle(state) ? lose(state) : racing([{ ...state, alone: false }])),
    second: (state) => withoutOthers(state),
    deadline: (state) => lose(state),
    close: (state) => close(state),
    ...stay("settle"),
    ...unexpected("start"),
  },
  settling: {
    hints: (state, { candidates }) => settling(state, addCandidates(state, candidates)),
    accepted: (state, { candidate }) => {
      const [progress, ...effects] = addInbound(state, candidate);
      return [...settling(state, progress), ...effects, shakeHands(candidate)];
    },
    connected: (state, { id }) => settling(state, setStage(state, id, "handshaking")),
    ready: (state, { id }) => (isFallback(state, id) ? settling(state, setStage(state, id, "ready")) : win(state, id)),
    failed: ({ fallback, ...state }, { id, reason }) => {
      const progress = addFailure({ ...state, staggered: false }, id, reason);
      const ready = id === fallback ? progress.started.find(({ stage }) => stage === "ready")?.candidate.id : fallback;
      return ready === undefined ? proceed(progress) : settleOn(progress, ready);
    },
    stagger: (state) => settling(state, { ...state, staggered: false }),
    fallback: (state) => settling(state, { ...state, fallbackDue: true }),
    crowded: (state) => settling(state, { ...state, crowded: false }),
    alone: (state) => settling(state, { ...state, alone: false }),
    settle: (state) => win(state, state.fallback),
    deadline: (state) => win(state, state.fallback),
    close: (state) => close(state),
    ...stay("second"),
    ...unexpected("start", "chosen", "proved", "doubted"),
  },
  over: {
    accepted: (state, { candidate }) => [state, drop(candidate.id)],
    ...stay("hints", "start", "connected", "ready", "chosen", "proved", "doubted", "failed", "close"),
    ...stay("stagger", "fallback", "crowded", "settle", "alone", "second", "deadline"),
  },
});

/** Starts the handshakes of connections that were accepted early, and dials the first candidate. */
function start(progress: RaceProgress): RaceStep {
  const [next, ...effects] = proceed(progress);
  const early = progress.started.map(({ candidate }) => shakeHands(candidate));
  return [next, timer("deadline", RACE_DEADLINE_MS), timer("fallback", RELAY_DELAY_MS), ...early, ...effects];
}

/** Starts the next candidate. If none is left, the race is lost, unless the peer may still dial this side. */
function proceed(progress: RaceProgress): RaceStep {
  const [next, ...effects] = startNext(progress);
  if (!next.hinted || next.alone || !isIdle(next)) return racing([next, ...effects]);
  return next.listening ? racing([{ ...next, alone: true }], timer("alone", ALONE_DEADLINE_MS)) : lose(next);
}

/** Handles a candidate that is ready. A receiver waits. A sender takes it, or lets a fallback wait for a better one. */
function decide(progress: RaceProgress, id: number): RaceStep {
  const next = setStage(progress, id, "ready");
  if (progress.role === "receiver") return racing([next]);
  if (!isFallback(progress, id)) return win(next, id);
  const [state, ...effects] = settleOn(next, id);
  return state.at === "settling" ? [state, ...effects, timer("settle", SETTLE_DELAY_MS)] : [state, ...effects];
}

/** Takes a fallback that is ready, unless a preferred candidate can still succeed. */
function settleOn(progress: RaceProgress, fallback: number): RaceStep {
  const betterMayCome =
    progress.waiting.some(({ rank }) => rank === "preferred") ||
    progress.started.some(({ candidate, stage }) => candidate.rank === "preferred" && stage !== "ready");
  return betterMayCome ? settling({ fallback }, progress) : win(progress, fallback);
}

/** Uses a chosen candidate. If there is no other way, it has won. */
function elect(progress: RaceProgress, id: number): RaceStep {
  const next = setStage(progress, id, "chosen");
  if (!next.listening && next.waiting.length === 0 && next.started.length === 1) return win(next, id);
  return racing([next, { do: "elect", id }]);
}

/** Goes on with the other candidates. The doubted one may belong to a stranger, so the sender's own may still come. */
function doubt(progress: RaceProgress, id: number): RaceStep {
  const next = setStage(progress, id, "doubted");
  if (hasOthers(next)) return proceed(next);
  return next.listening ? racing([next, timer("second", SECOND_CHANCE_MS)]) : lose(next);
}

/** Goes on, unless only doubted candidates are left. */
function withoutOthers(progress: RaceProgress): RaceStep {
  return hasOthers(progress) || !isDoubted(progress) ? proceed(progress) : lose(progress);
}

function hasOthers({ waiting, started }: RaceProgress): boolean {
  return waiting.length > 0 || started.some(({ stage }) => stage !== "doubted");
}

function isDoubted({ started }: RaceProgress): boolean {
  return started.some(({ stage }) => stage === "doubted");
}

function win(progress: RaceProgress, id: number): RaceStep {
  const losers = progress.started.filter(({ candidate }) => candidate.id !== id);
  return [{ at: "over" }, { do: "win", id }, ...losers.map(({ candidate }) => drop(candidate.id))];
}

/** Gives up. A chosen candidate is used without a proof. Candidates that are still being tried have failed, too. */
function lose(progress: RaceProgress): RaceStep {
  const unproved = lastResort(progress);
  if (unproved !== undefined) return win(progress, unproved);
  const [over, ...drops] = close(progress);
  const { failures } = progress.started.reduce(
    (rest, { candidate }) => addFailure(rest, candidate.id, "no answer"),
    progress,
  );
  return [over, ...drops, { do: "lose", failures }];
}

/** The candidate to use if none proves itself: chosen ones before doubted ones. */
function lastResort({ started }: RaceProgress): number | undefined {
  const best = started.find(({ stage }) => stage === "chosen") ?? started.find(({ stage }) => stage === "doubted");
  return best?.candidate.id;
}

/** Ends the race. A chosen candidate is in use, and stays. */
function close(progress: RaceProgress): RaceStep {
  const inUse = lastResort(progress);
  if (inUse !== undefined) return win(progress, inUse);
  return [{ at: "over" }, ...progress.started.map(({ candidate }) => drop(candidate.id))];
}

function racing([progress, ...effects]: Changed, ...more: RaceEffect[]): RaceStep {
  return [{ ...progress, at: "racing" }, ...effects, ...more];
}

function settling({ fallback }: { readonly fallback: number }, progress: RaceProgress): RaceStep {
  return [{ ...progress, at: "settling", fallback }];
}

function isIdle({ waiting, started }: RaceProgress): boolean {
  return waiting.length === 0 && started.length === 0;
}

function isFallback({ started }: RaceProgress, id: number): boolean {
  return started.some(({ candidate }) => candidate.id === id && candidate.rank === "fallback");
}

function shakeHands({ id }: Candidate): RaceEffect {
  return { do: "handshake", id };
}

function drop(id: number): RaceEffect {
  return { do: "drop", id };
}
