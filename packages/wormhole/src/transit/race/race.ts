/**
 * The race for a connection: every way to the other side is tried, and the sender decides which one is used.
 *
 * Direct ways start at once, one shortly after the other; relays follow when the direct ways have had their chance.
 * The first that works is taken, but a relay waits a moment more if a direct way may still come.
 */
import { machine, type Step, stay, type Unexpected, unexpected } from "../../base/machine.ts";
import type { Role } from "../keys.ts";
import { ALONE_DEADLINE, RACE_DEADLINE, RELAY_DELAY, SETTLE_DELAY } from "../limits.ts";
import type { Candidate, Dialled, Inbound } from "./candidates.ts";
import {
  admit,
  advance,
  type Changed,
  type Field,
  failed,
  hinted,
  makeRoom,
  type RaceEffect,
  type RaceTimer,
  reached,
  timer,
} from "./race-state.ts";

export type RaceState =
  /** Hints may come, and others may dial us, but we have not started yet. */
  | (Field & { readonly at: "waiting" })
  | (Field & { readonly at: "racing" })
  /** A relay is ready, and a direct way may still be. The sender's alone. */
  | (Field & { readonly at: "settling"; readonly relay: number })
  /** Won, lost or closed. */
  | { readonly at: "over" };

export type RaceEvent =
  /** Hints of the other side, as candidates. */
  | { readonly on: "hints"; readonly candidates: readonly Dialled[] }
  | { readonly on: "start"; readonly listening: boolean }
  | { readonly on: "accepted"; readonly candidate: Inbound }
  | { readonly on: "connected"; readonly id: number }
  /** Both sides have proved themselves. */
  | { readonly on: "ready"; readonly id: number }
  /** The sender has told us, the receiver, that this is the connection. */
  | { readonly on: "chosen"; readonly id: number }
  | { readonly on: "failed"; readonly id: number; readonly reason: string }
  | { readonly on: RaceTimer }
  | { readonly on: "close" };

type RaceStep = Step<RaceState, RaceEffect>;

/** The race before its start. Our own relays are known from the beginning. */
export function awaitStart(role: Role, relays: readonly Dialled[]): RaceState {
  const empty: Field = {
    role,
    listening: false,
    heard: false,
    waiting: [],
    runners: [],
    known: [],
    failures: [],
    pausing: false,
    relaysDue: false,
    crowded: false,
    alone: false,
  };
  return { ...hinted(empty, relays), heard: false, at: "waiting" };
}

export const race = machine<RaceState, RaceEvent, RaceEffect, Unexpected>({
  waiting: {
    hints: (state, { candidates }) => [{ ...hinted(state, candidates), at: "waiting" }],
    start: (state, { listening }) => start({ ...state, listening }),
    accepted: (state, { candidate }) => {
      const [field, ...effects] = admit(state, candidate);
      return [{ ...field, at: "waiting" }, ...effects];
    },
    failed: (state, { id, reason }) => [{ ...failed(state, id, reason), at: "waiting" }],
    close: (state) => close(state),
    ...unexpected("connected", "ready", "chosen"),
    ...stay("stagger", "relays", "crowded", "settle", "alone", "late"),
  },
  racing: {
    hints: (state, { candidates }) => proceed(hinted(state, candidates)),
    accepted: (state, { candidate }) => racing(admit(state, candidate), talk(candidate)),
    connected: (state, { id }) => racing([reached(state, id, "talking")]),
    ready: (state, { id }) => decide(state, id),
    chosen: (state, { id }) => win(state, id),
    failed: (state, { id, reason }) => proceed({ ...failed(state, id, reason), pausing: false }),
    stagger: (state) => proceed({ ...state, pausing: false }),
    relays: (state) => proceed({ ...state, relaysDue: true }),
    crowded: (state) => {
      const [field, ...effects] = makeRoom({ ...state, crowded: false });
      const [next, ...more] = proceed(field);
      return [next, ...effects, ...more];
    },
    alone: (state) => (isIdle(state) ? lose(state) : racing([{ ...state, alone: false }])),
    late: (state) => lose(state),
    close: (state) => close(state),
    ...stay("settle"),
    ...unexpected("start"),
  },
  settling: {
    hints: (state, { candidates }) => settling(state, hinted(state, candidates)),
    accepted: (state, { candidate }) => {
      const [field, ...effects] = admit(state, candidate);
      return [...settling(state, field), ...effects, talk(candidate)];
    },
    connected: (state, { id }) => settling(state, reached(state, id, "talking")),
    ready: (state, { id }) => (isRelay(state, id) ? settling(state, reached(state, id, "ready")) : win(state, id)),
    failed: ({ relay, ...state }, { id, reason }) => {
      const field = failed({ ...state, pausing: false }, id, reason);
      const ready = id === relay ? field.runners.find(({ stage }) => stage === "ready")?.candidate.id : relay;
      return ready === undefined ? proceed(field) : settleOn(field, ready);
    },
    stagger: (state) => settling(state, { ...state, pausing: false }),
    relays: (state) => settling(state, { ...state, relaysDue: true }),
    crowded: (state) => settling(state, { ...state, crowded: false }),
    alone: (state) => settling(state, { ...state, alone: false }),
    settle: (state) => win(state, state.relay),
    late: (state) => win(state, state.relay),
    close: (state) => close(state),
    ...unexpected("start", "chosen"),
  },
  over: {
    accepted: (state, { candidate }) => [state, drop(candidate.id)],
    ...stay("hints", "start", "connected", "ready", "chosen", "failed", "close"),
    ...stay("stagger", "relays", "crowded", "settle", "alone", "late"),
  },
});

/** Those who came early begin to talk, and the others are dialled. */
function start(field: Field): RaceStep {
  const [next, ...effects] = proceed(field);
  const early = field.runners.map(({ candidate }) => talk(candidate));
  return [next, timer("late", RACE_DEADLINE), timer("relays", RELAY_DELAY), ...early, ...effects];
}

/** Starts what may start. When nothing is left, only the other side can help, if it can reach us. */
function proceed(field: Field): RaceStep {
  const [next, ...effects] = advance(field);
  if (!next.heard || next.alone || !isIdle(next)) return racing([next, ...effects]);
  return next.listening ? racing([{ ...next, alone: true }], timer("alone", ALONE_DEADLINE)) : lose(next);
}

/** A candidate is ready. The sender takes it, unless a better one may come; the receiver waits for the word. */
function decide(field: Field, id: number): RaceStep {
  const next = reached(field, id, "ready");
  if (field.role === "receiver") return racing([next]);
  if (!isRelay(field, id)) return win(next, id);
  const [state, ...effects] = settleOn(next, id);
  return state.at === "settling" ? [state, ...effects, timer("settle", SETTLE_DELAY)] : [state, ...effects];
}

/** Takes a relay that is ready, unless a direct way may still come. */
function settleOn(field: Field, relay: number): RaceStep {
  const directMayCome =
    field.waiting.some(({ kind }) => kind === "direct") ||
    field.runners.some(({ candidate, stage }) => candidate.kind !== "relay" && stage !== "ready");
  return directMayCome ? settling({ relay }, field) : win(field, relay);
}

function win(field: Field, id: number): RaceStep {
  const losers = field.runners.filter(({ candidate }) => candidate.id !== id);
  return [{ at: "over" }, { do: "win", id }, ...losers.map(({ candidate }) => drop(candidate.id))];
}

function lose(field: Field): RaceStep {
  const [over, ...drops] = close(field);
  return [over, ...drops, { do: "lose", failures: field.failures }];
}

function close(field: Field): RaceStep {
  return [{ at: "over" }, ...field.runners.map(({ candidate }) => drop(candidate.id))];
}

function racing([field, ...effects]: Changed, ...more: RaceEffect[]): RaceStep {
  return [{ ...field, at: "racing" }, ...effects, ...more];
}

function settling({ relay }: { readonly relay: number }, field: Field): RaceStep {
  return [{ ...field, at: "settling", relay }];
}

function isIdle({ waiting, runners }: Field): boolean {
  return waiting.length === 0 && runners.length === 0;
}

function isRelay({ runners }: Field, id: number): boolean {
  return runners.some(({ candidate }) => candidate.id === id && candidate.kind === "relay");
}

function talk({ id }: Candidate): RaceEffect {
  return { do: "talk", id };
}

function drop(id: number): RaceEffect {
  return { do: "drop", id };
}
