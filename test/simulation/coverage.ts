/** Counts the transitions of machines that a simulation takes, and gives access to the tables for planted bugs. */
import { machines } from "../../packages/wormhole/src/session/machines/machines.ts";

/** A cell of a table: a transition, or a word. */
export type Cell = ((...given: never[]) => unknown) | string;
/** A table whose cells can be replaced. */
export type Rows = Record<string, Record<string, Cell>>;

/** The table of one machine of the session. */
export function tableOf(name: keyof typeof machines): Rows {
  return machines[name].table as unknown as Rows;
}

/** Counts the transitions that are taken from now on. Returns a function that lists those that were not taken. */
export function countTransitions(counted: Readonly<Record<string, { table: unknown }>> = machines): () => string[] {
  const taken = new Map<string, number>();
  const wrapped = new Set<object>();
  for (const [name, { table }] of Object.entries(counted)) {
    for (const [at, row] of Object.entries(table as Rows)) {
      const cells = Object.entries(row).flatMap(([on, cell]) => (typeof cell === "function" ? [{ on, cell }] : []));
      for (const { on } of cells) taken.set(`${name}: ${at}, ${on}`, 0);
      // States may share a row, which must be wrapped only once.
      if (wrapped.has(row)) continue;
      wrapped.add(row);
      for (const { on, cell } of cells) row[on] = countingCell(taken, `${name}: `, on, cell as Transition) as Cell;
    }
  }
  return () => [...taken].flatMap(([place, times]) => (times === 0 ? [place] : []));
}

type Transition = (state: { at: string }, ...given: unknown[]) => unknown;

function countingCell(taken: Map<string, number>, prefix: string, on: string, cell: Transition): Transition {
  return (state, ...given) => {
    const place = `${prefix}${state.at}, ${on}`;
    taken.set(place, (taken.get(place) ?? 0) + 1);
    return cell(state, ...given);
  };
}
