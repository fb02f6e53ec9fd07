/** Plays worlds one after the other, in this process. */
import { loadNativeChaCha } from "../../../packages/wormhole/src/crypto/chacha.node.ts";
import { Tally } from "./tally.ts";
import { type Outcome, World } from "./world.ts";

/** Every world whose seed is a multiple of this is played twice, and both runs must be equal. */
const REPEATED = 500;

export interface Played {
  /** A line for each world with faults. */
  readonly bad: string[];
  readonly tally: Tally;
}

const cipher = await loadNativeChaCha();
let complain: (fault: string) => void = () => {};
process.on("unhandledRejection", (error) => complain(`unhandled rejection: ${tell(error)}`));

/** Plays one world to its end, and returns its faults. */
export async function play(
  seed: number,
  { log = () => {}, tally = new Tally() }: { log?: (line: string) => void; tally?: Tally } = {},
): Promise<Outcome> {
  const world = new World(seed, { cipher, log, tally });
  complain = world.complain;
  try {
    await world.play();
  } catch (error) {
    world.complain(`an exception was thrown: ${tell(error)}`);
  }
  return world.outcome;
}

export async function playAll(from: number, count: number): Promise<Played> {
  const played: Played = { bad: [], tally: new Tally() };
  for (let seed = from; seed < from + count; seed++) {
    const { kind, faults, trace } = await play(seed, { tally: played.tally });
    played.tally.note(`kind ${kind}`);
    if (seed % REPEATED === 0 && (await play(seed)).trace !== trace)
      faults.push("a second run of the same seed was different");
    if (faults.length > 0) played.bad.push(`seed ${seed} (${kind}): ${faults.join("; ")}`);
  }
  return played;
}

function tell(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
