/** The common parts of the two ends of a measured stream: checking the bytes, and reporting the figures. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * `hash`: all bytes are hashed. `compare`: all chunks are equal, the first one is hashed, and the reader compares the
 * others.
 */
export type CheckWay = "hash" | "compare";

/** Checks the bytes of one end. */
export class Check {
  readonly #way: CheckWay;
  readonly #hash = createHash("sha256");
  #first: Uint8Array | undefined;

  constructor(way: CheckWay) {
    this.#way = way;
  }

  /**
   * Adds a chunk.
   * @param compare true at the reader's end
   * @throws {Error} if it is compared and differs from the first chunk
   */
  take(chunk: Uint8Array, compare = false): void {
    if (this.#way === "hash" || this.#first === undefined) this.#hash.update(chunk);
    else if (compare && Buffer.compare(this.#first.subarray(0, chunk.length), chunk) !== 0)
      throw new Error("the received bytes differ from those sent");
    this.#first ??= Uint8Array.from(chunk);
  }

  /** The hash in hexadecimal digits. */
  sum(): string {
    return this.#hash.digest("hex");
  }
}

/** Seconds of wall-clock time and of processor time. */
export interface ProcessTimes {
  readonly wall: number;
  readonly cpu: number;
}

/** The present times of this process. */
export function processTimes(): ProcessTimes {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return { wall: performance.now() / 1000, cpu: (userCPUTime + systemCPUTime) / 1e6 };
}

/** Time for the last bytes to leave the process. */
const REST_MS = 300;

/** Prints the resources used since `start`, and ends the process. The time that closing takes is not measured. */
export async function conclude(start: ProcessTimes, more: object = {}): Promise<never> {
  const { wall, cpu } = processTimes();
  await sleep(REST_MS);
  const memory = (process.resourceUsage().maxRSS * 1024) / 1e6;
  console.log(JSON.stringify({ seconds: wall - start.wall, cpu: cpu - start.cpu, memory, ...more }));
  process.exit(0);
}
