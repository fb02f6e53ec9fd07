/** `npm run simulate -- --suite dilation`, with the options of `../run.ts`. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { bugs } from "./bugs.ts";
import { share } from "./crew.ts";
import { explore } from "./explore.ts";
import { HANDSHAKE } from "./line.ts";
import { play } from "./play.ts";
import { Tally } from "./tally.ts";

/** Transitions that no simulated world causes: other programs or hostile ones would, or the drivers prevent them. */
const NOT_OURS = [
  // A peer of ours sends please before goodbye.
  "manager: wanting, goodbye",
  "handshake: closed, refuse",
  "handshake: ready, bytes",
  "keepalive: trusting, connected",
  "keepalive: asking, connected",
];
/** The most worlds with faults that are printed. */
const MAX_PRINTED = 10;

export interface Options {
  readonly seeds: string;
  readonly from: string;
  readonly seed?: string | undefined;
  readonly bugs: boolean;
  readonly explore: boolean;
}

export async function simulate(options: Options): Promise<void> {
  const good = await (options.seed !== undefined
    ? playOne(Number(options.seed))
    : options.explore
      ? exploreAll()
      : options.bugs
        ? playBugs(Number(options.seeds))
        : playMany(Number(options.from), Number(options.seeds)));
  process.exitCode = good ? 0 : 1;
}

async function playOne(seed: number): Promise<boolean> {
  const { faults } = await play(seed, { log: console.log });
  for (const fault of faults) console.log(`FAULT ${fault}`);
  return faults.length === 0;
}

/** The answer of a worker. */
interface Answer {
  readonly bad: string[];
  readonly tally: [string, number][];
  readonly untaken: string[];
}

async function playMany(from: number, count: number): Promise<boolean> {
  const begun = performance.now();
  const tally = new Tally();
  const bad: string[] = [];
  const untaken = new Map<string, number>();
  const workers = availableParallelism();
  const script = fileURLToPath(new URL("./worker.ts", import.meta.url));
  const last = new Map<object, string[]>();
  await share(script, { from, count, hands: workers }, (answer, worker) => {
    const { bad: more, tally: counts, untaken: never } = answer as Answer;
    bad.push(...more);
    tally.add(counts);
    last.set(worker, never);
  });
  for (const never of last.values()) for (const place of never) untaken.set(place, (untaken.get(place) ?? 0) + 1);
  const missing = [...untaken].flatMap(([place, times]) =>
    times === last.size && !NOT_OURS.includes(place) ? [place] : [],
  );
  for (const story of bad.slice(0, MAX_PRINTED)) console.log(story);
  for (const place of missing) console.log(`never taken: ${place}`);
  console.log(summary(count, tally, (performance.now() - begun) / 1000, bad.length));
  return bad.length === 0 && missing.length === 0;
}

function summary(count: number, tally: Tally, seconds: number, bad: number): string {
  const [happened, kinds] = [(name: string) => tally.count(name), (name: string) => tally.kinds(name)];
  return [
    `${count} worlds in ${seconds.toFixed(1)} s: ${bad} with faults`,
    `${happened("kind honest")} honest, ${happened("kind leaver")} with a leaver, ${happened("kind death")} with a death`,
    `${happened("connection")} connections, ${happened("link")} of them chosen, ${happened("upgrade")} in the place of a relayed one`,
    `${happened("generation")} generations after the first; ${happened("accident")} accidents; ${happened("chunk")} chunks`,
    `handshakes were cut at ${kinds("cut at")} of ${2 * HANDSHAKE} bytes`,
  ].join("\n");
}

async function playBugs(seeds: number): Promise<boolean> {
  let missed = 0;
  for (const { name, plant } of bugs) {
    const mend = plant();
    let seed = 0;
    let faults: string[] = [];
    for (; seed < seeds && faults.length === 0; seed++) ({ faults } = await play(seed));
    mend();
    if (faults.length === 0) missed++;
    console.log(faults.length > 0 ? `caught in world ${seed - 1}: ${name}: ${faults[0]}` : `MISSED: ${name}`);
  }
  console.log(`${bugs.length} planted bugs, ${missed} missed`);
  return missed === 0;
}

async function exploreAll(): Promise<boolean> {
  const { states, faults } = explore();
  for (const fault of faults) console.log(fault);
  console.log(`${states} states: ${faults.length} with faults`);
  return faults.length === 0;
}
