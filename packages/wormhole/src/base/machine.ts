/**
 * The shape of every machine here: a table of pure transitions over plain data.
 *
 * A state names itself in `at`, an event in `on`. A transition gives the next state and the effects that somebody else
 * is to carry out; it performs nothing, waits for nothing and knows no clock. Randomness comes in as the third
 * argument, so that a simulation can give its own.
 */
import type { Random } from "./random.ts";

type At<S, A> = Extract<S, { at: A }>;
type On<E, O> = Extract<E, { on: O }>;

/** What a transition gives: the next state, then the effects to be carried out, in order. */
export type Step<S, F> = readonly [next: S, ...effects: F[]];

/** A transition, or a word that says why there is none. */
type Cell<S, E, F, A, O> =
  | ((state: At<S, A>, event: On<E, O>, random: Random) => Step<S, F>)
  /** Nothing changes: the event means nothing here. */
  | "stay"
  /** Only a broken or hostile outside can cause this: it ends the session with a typed error. */
  | "unexpected";

/** Every pair of state and event is decided: leaving one out does not compile. */
export type Table<S extends { at: string }, E extends { on: string }, F> = {
  readonly [A in S["at"]]: { readonly [O in E["on"]]: Cell<S, E, F, A, O> };
};

export interface Machine<S extends { at: string }, E extends { on: string }, F> {
  /** The transitions as data: to be drawn, counted and checked. */
  readonly table: Table<S, E, F>;
  /** Takes one step. */
  step(state: S, event: E, random: Random): Step<S, F> | "unexpected";
}

export function machine<S extends { at: string }, E extends { on: string }, F>(
  table: Table<S, E, F>,
): Machine<S, E, F> {
  return {
    table,
    step(state, event, random) {
      // The table's type has checked each pair; here the pair is only known to be one of them.
      const row = table[state.at as S["at"]];
      const cell = row[event.on as E["on"]] as Cell<S, E, F, S["at"], E["on"]>;
      if (cell === "stay") return [state];
      if (cell === "unexpected") return "unexpected";
      return cell(state as At<S, S["at"]>, event as On<E, E["on"]>, random);
    },
  };
}

/** Cells for events that change nothing: `...stay("linked")`. */
export function stay<O extends string>(...events: O[]): { readonly [K in O]: "stay" } {
  return Object.fromEntries(events.map((on) => [on, "stay"])) as { [K in O]: "stay" };
}

/** Cells for events that only a broken or hostile outside can cause. */
export function unexpected<O extends string>(...events: O[]): { readonly [K in O]: "unexpected" } {
  return Object.fromEntries(events.map((on) => [on, "unexpected"])) as { [K in O]: "unexpected" };
}
