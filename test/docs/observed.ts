/**
 * Plays simulated sessions and compares every step of every machine with the drawings. Run by spec.test.ts, outside of
 * vitest: the drawings are read from the sources as Node runs them.
 */

import { machines } from "../../packages/wormhole/src/session/machines/machines.ts";
import { drawings } from "../../scripts/diagrams.ts";
import { play } from "../simulation/world.ts";

/** Enough that nearly every step is taken; the simulation's own test plays many more. */
const WORLDS = 500;

type Transition = (state: { at: string }, ...given: unknown[]) => readonly [{ at: string }, ...unknown[]];

const drawn = new Map((await drawings()).map(({ name, arrows }) => [name, arrows]));
const steps = new Set<string>();
const missing = new Set<string>();

function observe(name: string, row: Record<string, unknown>): void {
  for (const [on, cell] of Object.entries(row)) {
    if (typeof cell !== "function") continue;
    row[on] = (...[state, ...given]: Parameters<Transition>) => {
      const step = (cell as Transition)(state, ...given);
      const place = `${name}: ${state.at} --> ${step[0].at}: ${on}`;
      steps.add(place);
      if (!drawn.get(name)?.get(state.at)?.get(step[0].at)?.includes(on)) missing.add(place);
      return step;
    };
  }
}

for (const [name, { table }] of Object.entries(machines)) {
  for (const row of new Set(Object.values(table as Record<string, Record<string, unknown>>))) observe(name, row);
}
for (let seed = 0; seed < WORLDS; seed++) play(seed);
for (const place of missing) console.log(`not drawn: ${place}`);
console.log(`${steps.size} steps, ${missing.size} not drawn`);
