/** Compares the table of a machine with a test's claims about every pair of state and event. */
import { describe, expect, it } from "vitest";
import type { Draws, Machine, Step, Unexpected } from "../../../src/base/machine.ts";
import type { Random } from "../../../src/base/random.ts";
import type { Effect } from "../../../src/session/machines/effects.ts";
import { type MachineName, type Machines, machines } from "../../../src/session/machines/machines.ts";

/** Predictable randomness. */
export const random: Random = (length) => new Uint8Array(length).fill(7);

type Named<T extends string, K extends string> = { readonly [A in T]?: readonly K[] };

interface Claims<S extends { at: string }, E extends { on: string }> {
  /** Each row: in this state, this event causes this step. */
  readonly transitions: readonly (readonly [from: S, event: E, gives: Step<S, Effect>])[];
  /** For each state, the events that only a broken or hostile peer or server can cause. Any other changes nothing. */
  readonly refused: Named<S["at"], E["on"]>;
}

/** Adds the tests that prove the claims about one machine. */
export function prove<N extends MachineName>(
  name: N,
  { transitions, refused }: Claims<Machines[N]["state"], Machines[N]["event"]>,
): void {
  const machine = machines[name] as unknown as Machine<{ at: string }, { on: string }, Effect, Unexpected, Draws>;
  const words: Named<string, string> = refused;

  describe(`the machine "${name}"`, () => {
    it.each(transitions.map(([from, event, gives]) => ({ at: from.at, on: event.on, from, event, gives })))(
      "$at: $on",
      ({ from, event, gives }) => {
        expect(machine.step(from, event, random)).toEqual(gives);
      },
    );

    const taken = new Set(transitions.map(([{ at }, { on }]) => `${at} ${on}`));
    const others = Object.entries(machine.table).flatMap(([at, row]) => Object.keys(row).map((on) => ({ at, on })));

    it("stays or is unexpected for every other pair of state and event", () => {
      for (const { at, on } of others.filter(({ at, on }) => !taken.has(`${at} ${on}`))) {
        expect(machine.table[at]?.[on], `${at}: ${on}`).toBe(words[at]?.includes(on) ? "unexpected" : "stay");
        expect(machine.step({ at }, { on }, random)).toEqual(words[at]?.includes(on) ? "unexpected" : [{ at }]);
      }
    });
  });
}
