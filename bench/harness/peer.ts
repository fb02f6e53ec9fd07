/** What the two ends of a measured stream have in common: how they check what goes through, and what they tell. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/** `hash`: all bytes are hashed. `compare`: the first chunk is, and the reader compares the others with it: all are alike. */
export type CheckWay = "hash" | "compare";

export class Check {
  readonly #way: CheckWay;
  readonly #hash = createHash("sha256");
  #first: Uint8Array | undefined;

  constructor(way: CheckWay) {
    this.#way = way;
  }

  /** `compare`: at the reader's end. @throws {Error} if this chunk is not like the first one */
  take(chunk: Uint8Array, compare = false): void {
    if (this.#way === "hash" || this.#first === undefined) this.#hash.update(chunk);
    else if (compare && Buffer.compare(this.#first.subarray(0, chunk.length), chunk) !== 0)
      throw new Error("what arrived is something else");
    this.#first ??= Uint8Array.from(chunk);
  }

  /** In hexadecimal digits. */
  sum(): string {
    return this.#hash.digest("hex");
  }
}

/** Seconds: of the wall's clock, and of processor time. */
export interface Clock {
  readonly wall: number;
  readonly cpu: number;
}

export function clock(): Clock {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return { wall: performance.now() / 1000, cpu: (userCPUTime + systemCPUTime) / 1e6 };
}

/** Time for the last bytes to go. */
const REST_MS = 300;

/** Tells what was used since `start`, and ends the process: how long a farewell takes is not measured. */
export async function conclude(start: Clock, more: object = {}): Promise<never> {
  const { wall, cpu } = clock();
  await sleep(REST_MS);
  const memory = (process.resourceUsage().maxRSS * 1024) / 1e6;
  console.log(JSON.stringify({ seconds: wall - start.wall, cpu: cpu - start.cpu, memory, ...more }));
  process.exit(0);
}
