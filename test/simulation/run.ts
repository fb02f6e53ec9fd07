/**
 * Plays simulated worlds: `node --import ./test/simulation/hooks.ts test/simulation/run.ts --suite session --seeds 20000`.
 *
 * - `--seed X` plays one world and prints its events.
 * - `--bugs` plants each bug and plays worlds until one of them has a fault.
 * - `--suite dilation --explore` plays every way in which two sides can replace one connection by the next.
 */
import { parseArgs } from "node:util";
import { bugs } from "./bugs.ts";
import { countTransitions } from "./coverage.ts";
import { play } from "./world.ts";

const { values } = parseArgs({
  options: {
    suite: { type: "string", default: "session" },
    seeds: { type: "string", default: "20000" },
    from: { type: "string", default: "0" },
    seed: { type: "string" },
    bugs: { type: "boolean", default: false },
    explore: { type: "boolean", default: false },
  },
});

if (values.suite === "dilation") await (await import("./dilation/run.ts")).simulate(values);
else if (values.suite !== "session") throw new Error(`the suites are session and dilation, not ${values.suite}`);
else if (values.seed !== undefined) playOne(Number(values.seed));
else if (values.bugs) playBugs(Number(values.seeds));
else playMany(Number(values.from), Number(values.seeds));

function playOne(seed: number): void {
  const { faults } = play(seed, console.log);
  for (const fault of faults) console.log(`FAULT ${fault}`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function playMany(from: number, seeds: number): void {
  const untaken = countTransitions();
  const begun = performance.now();
  const kinds = new Map<string, number>();
  let bad = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    const { kind, faults } = play(seed);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    if (faults.length > 0 && ++bad <= 10) console.log(`seed ${seed} (${kind}): ${faults.join("; ")}`);
  }
  const seconds = (performance.now() - begun) / 1000;
  const of = [...kinds].map(([kind, times]) => `${times} ${kind}`).join(", ");
  console.log(`${seeds} worlds (${of}) in ${seconds.toFixed(1)} s: ${bad} with faults`);
  const missing = untaken();
  for (const place of missing) console.log(`never taken: ${place}`);
  process.exitCode = bad > 0 || missing.length > 0 ? 1 : 0;
}

function playBugs(seeds: number): void {
  let missed = 0;
  for (const { name, plant } of bugs) {
    const mend = plant();
    let seed = 0;
    let faults: string[] = [];
    for (; seed < seeds && faults.length === 0; seed++) faults = caught(seed);
    mend();
    if (faults.length === 0) missed++;
    console.log(faults.length > 0 ? `caught in world ${seed - 1}: ${name}: ${faults[0]}` : `MISSED: ${name}`);
  }
  console.log(`${bugs.length} planted bugs, ${missed} missed`);
  process.exitCode = missed > 0 ? 1 : 0;
}

function caught(seed: number): string[] {
  try {
    return play(seed).faults;
  } catch (error) {
    return [String(error)];
  }
}
