/** A process that plays worlds, in portions that its parent process (crew.ts) asks for. */
import { countTransitions } from "../coverage.ts";
import { END } from "./crew.ts";
import { machines } from "./machines.ts";
import { playAll } from "./play.ts";

/** A portion of worlds, as it is requested. */
interface Portion {
  readonly from: number;
  readonly count: number;
}

const untaken = countTransitions(machines);

async function answer({ from, count }: Portion): Promise<void> {
  const { bad, tally } = await playAll(from, count);
  process.send?.({ bad, tally: tally.entries, untaken: untaken() });
}

process.on("message", (portion: Portion | typeof END) => {
  if (portion === END) process.disconnect();
  else void answer(portion);
});
