/** Plants bugs in a cell of a machine's table, or in a method of a class. */
import type { Random } from "../../../packages/wormhole/src/base/random.ts";
import type { Bug } from "../bugs.ts";
import type { Cell, Rows } from "../coverage.ts";
import { machines } from "./machines.ts";

/** States, events and effects, as a planted bug sees them. */
export interface Loose {
  readonly [name: string]: unknown;
  readonly message?: Loose;
}
export type Transition = (state: Loose, event: Loose, random: Random) => [state: Loose, ...effects: Loose[]];

/** A bug in the cell `machine: state, event`. `spoil` gets the right transition. */
export function cell(name: string, place: string, spoil: (right: Transition) => Transition): Bug {
  const [machine = "", at = "", on = ""] = place.split(/: |, /);
  const plant = () => {
    const tables: Readonly<Record<string, { readonly table: unknown }>> = machines;
    const row = (tables[machine]?.table as Rows | undefined)?.[at];
    const right = row?.[on];
    if (!row || typeof right !== "function") throw new Error(`there is no transition ${place}`);
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

/** A bug in one cell: the event is ignored. */
export function skip(name: string, place: string): Bug {
  return cell(name, place, () => (state) => [state]);
}

/** Leaves out the effects for which `drop` returns true. */
export function without(drop: (effect: Loose) => boolean): (right: Transition) => Transition {
  return (right) =>
    (...given) => {
      const [state, ...effects] = right(...given);
      return [state, ...effects.filter((effect) => !drop(effect))];
    };
}

export const sends = (type: string) => (effect: Loose) => effect.do === "send" && effect.message?.type === type;
export const does = (what: string) => (effect: Loose) => effect.do === what;

type Arguments<F> = F extends (...given: infer A) => unknown ? A : never;
type Result<F> = F extends (...given: never[]) => infer R ? R : never;
type Method<T, F> = (this: T, ...given: Arguments<F>) => Result<F>;

/** A bug in one method. `spoil` gets the right one. */
export function method<T extends object, K extends keyof T & string>(
  name: string,
  owner: { readonly prototype: T },
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

/** A bug in one method: it does nothing. */
export function omit<T extends object>(name: string, owner: { readonly prototype: T }, key: keyof T & string): Bug {
  return method(name, owner, key, () => (() => {}) as never);
}

/** Several bugs that are planted together as one, which has the name of the first. */
export function both(...parts: readonly Bug[]): Bug {
  const plant = () => {
    const mends = parts.map((part) => part.plant());
    return () => {
      for (const mend of mends.reverse()) mend();
    };
  };
  return { name: parts[0]?.name ?? "", plant };
}
