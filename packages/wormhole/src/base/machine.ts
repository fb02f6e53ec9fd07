/**
 * The shape of every machine in this library: a table of pure transitions over plain data.
 *
 * A state names itself in `at`, an event in `on`. A transition returns the next state and the effects that a driver has
 * to carry out. It performs nothing, waits for nothing and reads no clock. Drivers live elsewhere, except for the loop
 * that they share: the {@link Runner} at the end of this file.
 */
import type { Random } from "./random.ts";

type At<S, A> = Extract<S, { at: A }>;
type On<E, O> = Extract<E, { on: O }>;

/** The result of a transition: the next state, then the effects to be carried out, in order. */
export type Step<S, F> = readonly [next: S, ...effects: F[]];

/** Marks a machine that an event from outside can break: some cells of its table are `"unexpected"`. */
export type Unexpected = "unexpected";

/** Marks a machine that needs randomness: its transitions receive a source of it as their third argument. */
export type Draws = readonly [random: Random];

/** One cell of a table: a transition, or a word that explains why the event has no transition. */
type Cell<S, E, F, U, R extends readonly unknown[], A, O> =
  | ((state: At<S, A>, event: On<E, O>, ...random: R) => Step<S, F>)
  /** Nothing changes: the event has no meaning in this state. */
  | "stay"
  /** `unexpected`: only a broken or hostile peer or server can cause this. The driver ends with a typed error. */
  | U;

/** One cell for every pair of state and event. If one is missing, the table does not compile. */
export type Table<
  S extends { at: string },
  E extends { on: string },
  F,
  U extends Unexpected = never,
  R extends readonly unknown[] = readonly [],
> = { readonly [A in S["at"]]: { readonly [O in E["on"]]: Cell<S, E, F, U, R, A, O> } };

/**
 * A machine with states `S`, events `E` and effects `F`.
 *
 * `U` is {@link Unexpected} if the table has such cells; otherwise `step` always returns a step. `R` is
 * {@link Draws} if transitions draw random bytes; otherwise `step` takes no source of them.
 */
export interface Machine<
  S extends { at: string },
  E extends { on: string },
  F,
  U extends Unexpected = never,
  R extends readonly unknown[] = readonly [],
> {
  /** The transitions as data: to be drawn, counted and checked. */
  readonly table: Table<S, E, F, U, R>;
  /** Takes one step. */
  step(state: S, event: E, ...random: R): Step<S, F> | U;
}

/** Makes a machine from its table. */
export function machine<
  S extends { at: string },
  E extends { on: string },
  F,
  U extends Unexpected = never,
  R extends readonly unknown[] = readonly [],
>(table: Table<S, E, F, U, R>): Machine<S, E, F, U, R> {
  return {
    table,
    step(state, event, ...random) {
      // The table's type has checked each pair. Here, the compiler does not know which of them this pair is.
      const row = table[state.at as S["at"]];
      const cell = row[event.on as E["on"]] as Cell<S, E, F, U, R, S["at"], E["on"]>;
      if (cell === "stay") return [state];
      if (typeof cell !== "function") return cell;
      return cell(state as At<S, S["at"]>, event as On<E, E["on"]>, ...random);
    },
  };
}

/** Cells for events that change nothing: `...stay("linked")`. */
export function stay<O extends string>(...events: O[]): { readonly [K in O]: "stay" } {
  return Object.fromEntries(events.map((on) => [on, "stay"])) as { [K in O]: "stay" };
}

/** Cells for events that only a broken or hostile peer or server can cause. */
export function unexpected<O extends string>(...events: O[]): { readonly [K in O]: Unexpected } {
  return Object.fromEntries(events.map((on) => [on, "unexpected"])) as { [K in O]: Unexpected };
}

/** The callbacks of a {@link Runner}. */
export interface RunnerEvents<S, E, F> {
  /** Carries out one effect. It may post further events, which are handled before the next effect. */
  perform(effect: F): void;
  /** Called after each step, when the new state is in place and before its effects are carried out. */
  stepped?: ((event: E, effects: readonly F[], state: S) => void) | undefined;
}

/** Further needs of a {@link Runner}: a callback if events can be unexpected, and randomness if transitions draw it. */
type RunnerNeeds<E, U, R> = ([U] extends [never] ? unknown : { unexpected(event: E): void }) &
  (R extends readonly [] ? unknown : { readonly random: Random });

/** A machine at work: it holds the present state and hands the effects of each step to its driver. */
export class Runner<
  S extends { at: string },
  E extends { on: string },
  F,
  U extends Unexpected = never,
  R extends readonly unknown[] = readonly [],
> {
  readonly #machine: Machine<S, E, F, U, R>;
  readonly #events: RunnerEvents<S, E, F> & { unexpected?(event: E): void; readonly random?: Random };
  #state: S;

  constructor(machine: Machine<S, E, F, U, R>, state: S, events: RunnerEvents<S, E, F> & RunnerNeeds<E, U, R>) {
    this.#machine = machine;
    this.#state = state;
    this.#events = events;
  }

  /** The present state. */
  get state(): S {
    return this.#state;
  }

  /** Gives the machine one event. */
  post(event: E): void {
    const { random } = this.#events;
    // Which machines draw is checked by the constructor's type.
    const step = this.#machine.step(this.#state, event, ...((random ? [random] : []) as readonly unknown[] as R));
    if (step === "unexpected") return this.#events.unexpected?.(event);
    const [state, ...effects] = step;
    this.#state = state;
    this.#events.stepped?.(event, effects, state);
    for (const effect of effects) this.#events.perform(effect);
  }
}
