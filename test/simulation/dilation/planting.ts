/** How bugs are planted: in one method of a class, or in one cell of a machine's table. */
import type { Random } from "../../../packages/wormhole/src/base/random.ts";
import type { Bug } from "../bugs.ts";
import type { Cell, Rows } from "../coverage.ts";
import { machines } from "./machines.ts";

/** A class, as a planted bug sees it. */
interface Class<T> {
  readonly prototype: T;
}
type Arguments<F> = F extends (...given: infer A) => unknown ? A : never;
type Result<F> = F extends (...given: never[]) => infer R ? R : never;
type Method<T, F> = (this: T, ...given: Arguments<F>) => Result<F>;

/** A bug in one method; `spoil` gets the right one. */
export function method<T extends object, K extends keyof T & string>(
  name: string,
  owner: Class<T>,
  key: K,
  spoil: (right: Method<T, T[K]>) => Method<T, T[K]>,
): Bug {
  const plant = () => {
    const right = owner.prototype[key];
    if (typeof right !== "function") throw new Error(`there is no method ${key}`);
    Object.defineProperty(owner.prototype, key, { value: spoil(right as Method<T, T[K]>), configurable: true });
    return () => {
      Object.defineProperty(owner.prototype, key, { value: right, configurable: true });
    };
  };
  return { name, plant };
}

/** States, events and effects, as a planted bug sees them. */
export interface Loose {
  readonly [name: string]: unknown;
  readonly message?: Loose;
}
export type Transition = (state: Loose, event: Loose, random: Random) => [state: Loose, ...effects: Loose[]];

/** A bug in one cell of a machine's table; `spoil` gets the right transition. */
export function cell(
  name: string,
  machine: keyof typeof machines,
  at: string,
  on: string,
  spoil: (right: Transition) => Transition,
): Bug {
  const plant = () => {
    const row = (machines[machine].table as unknown as Rows)[at];
    const right = row?.[on];
    if (!row || typeof right !== "function") throw new Error(`${machine} has no transition for ${on} when ${at}`);
    const wrong = spoil(right as Transition);
    // States may share a row.
    const mixed: Transition = (state, ...given) => (state.at === at ? wrong : (right as Transition))(state, ...given);
    row[on] = mixed as Cell;
    return () => {
      row[on] = right;
    };
  };
  return { name, plant };
}

/** The same effects, but for those that `drop` names. */
export function without(drop: (effect: Loose) => boolean): (right: Transition) => Transition {
  return (right) =>
    (...given) => {
      const [state, ...effects] = right(...given);
      return [state, ...effects.filter((effect) => !drop(effect))];
    };
}

/** Two that make one bug together. */
export function both(one: Bug, other: Bug): Bug {
  const plant = () => {
    const [mend, mendOther] = [one.plant(), other.plant()];
    return () => {
      mendOther();
      mend();
    };
  };
  return { name: one.name, plant };
}
