/** Which transitions of the machines a simulation has taken. */
import { machines } from "../../packages/wormhole/src/session/machines/machines.ts";

export type Cell = ((...given: never[]) => unknown) | string;
/** The tables are data: what is data can be wrapped. */
export type Rows = Record<string, Record<string, Cell>>;

export function tableOf(name: keyof typeof machines): Rows {
  return machines[name].table as unknown as Rows;
}

/** Counts every transition of the session's machines, or of others, that is taken from now on; gives those that were not. */
export function countTransitions(counted: Readonly<Record<string, { table: unknown }>> = machines): () => string[] {
  const taken = new Map<string, number>();
  const wrapped = new Set<object>();
  for (const [name, { table }] of Object.entries(counted)) {
    for (const [at, row] of Object.entries(table as Rows)) {
      const cells = Object.entries(row).flatMap(([on, cell]) => (typeof cell === "function" ? [{ on, cell }] : []));
      for (const { on } of cells) taken.set(`${name}: ${at}, ${on}`, 0);
      // States may share a row.
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
