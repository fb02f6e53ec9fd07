/**
 * Explores how two sides get from one connection to the next: every interleaving of {@link moves}, breadth first, with a
 * limited number of losses. The model of the two sides is in switching.ts.
 */
import { begin, isFree, isGood, keyOf, moves, type State } from "./switching.ts";

/** About ten times the expected number of states. If there are more, their number is considered infinite. */
const MAX_STATES = 20_000;
/** The most faults that are reported. */
const MAX_REPORTED = 5;

export interface Explored {
  readonly states: number;
  /** Some of the faults, each with the shortest way to it. */
  readonly faults: string[];
}

interface Found {
  readonly state: State;
  readonly from: string | null;
  readonly how: string;
}

/** Explores two programs with our extensions, and two without them. */
export function explore(): Explored {
  const all = [exploreFrom(["ask-reconnect", "goodbye"]), exploreFrom([])];
  return {
    states: all.reduce((sum, { states }) => sum + states, 0),
    faults: all.flatMap(({ faults }) => faults),
  };
}

function exploreFrom(extensions: readonly string[]): Explored {
  const found = new Map<string, Found>();
  const faults: string[] = [];
  /** The states from which each state can be reached without an event that may never come. */
  const sources = new Map<string, string[]>();
  const start = begin(extensions);
  const queue = [keyOf(start)];
  found.set(keyOf(start), { state: start, from: null, how: "both have asked for dilation" });
  for (const key of queue) {
    if (queue.length > MAX_STATES)
      return { states: queue.length, faults: [...faults, "the number of states is not bounded"] };
    const { state } = found.get(key) as Found;
    for (const { how, to, fault } of moves(state)) {
      if (fault !== undefined && faults.length < MAX_REPORTED) faults.push(`${fault}: ${wayTo(found, key)}; ${how}`);
      if (to.wrong !== null && faults.length < MAX_REPORTED) faults.push(`${to.wrong}: ${wayTo(found, key)}; ${how}`);
      const next = keyOf(to);
      if (isFree(state, to)) sources.set(next, [...(sources.get(next) ?? []), key]);
      if (found.has(next)) continue;
      found.set(next, { state: to, from: key, how });
      queue.push(next);
    }
  }
  const good = reaching(
    [...found].flatMap(([key, { state }]) => (isGood(state) ? [key] : [])),
    sources,
  );
  const bad = [...found.keys()].filter((key) => !good.has(key));
  return {
    states: found.size,
    faults: [...faults, ...bad.slice(0, MAX_REPORTED).map((key) => `there is no way on: ${wayTo(found, key)}`)],
  };
}

/** Returns all states from which one of the goals can be reached. */
function reaching(goals: readonly string[], sources: ReadonlyMap<string, string[]>): Set<string> {
  const good = new Set(goals);
  for (const key of good) for (const source of sources.get(key) ?? []) good.add(source);
  return good;
}

function wayTo(found: ReadonlyMap<string, Found>, key: string): string {
  const steps: string[] = [];
  for (let at: string | null = key; at !== null; ) {
    const { how, from } = found.get(at) as Found;
    steps.unshift(how);
    at = from;
  }
  return steps.join("; ");
}
