/** Which transitions of the machines a simulation has taken. */
import { machines } from "../../packages/wormhole/src/session/machines.ts";

export type Cell = ((...given: never[]) => unknown) | string;
/** The tables are data: what is data can be wrapped. */
export type Rows = Record<string, Record<string, Cell>>;

export function tableOf(name: keyof typeof machines): Rows {
  return machines[name].table as unknown as Rows;
}

/** Counts every transition of the session's machines, or of others, that is taken from now on; gives those that were not. */
export function countTransitions(counted: Readonly<Record<string, { table: unknown }>> = machines): () => string[] {
  const taken = new Map<string, number>();
  for (const [name, { table }] of Object.entries(counted)) {
    for (const [at, row] of Object.entries(table as Rows)) {
      for (const [on, cell] of Object.entries(row)) {
        if (typeof cell !== "function") continue;
        const place = `${name}: ${at}, ${on}`;
        taken.set(place, 0);
        row[on] = (...given) => {
          taken.set(place, (taken.get(place) ?? 0) + 1);
          return cell(...given);
        };
      }
    }
  }
  return () => [...taken].flatMap(([place, times]) => (times === 0 ? [place] : []));
}
