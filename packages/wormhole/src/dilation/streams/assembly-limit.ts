/**
 * Limits the chunks that arrive in parts and are not complete. They cannot be read, so they must never fill the room for
 * unread data: the connection would wait for a reader who has nothing to read.
 */
import { MAX_WRITE_BYTES } from "../limits.ts";

/** The memory of the objects around one part. It is counted here only, and is no part of the credit. */
const PART_COST_BYTES = 512;
/** Enough for one chunk of the longest kind in short parts. An honest peer sends one chunk after the other. */
const MAX_ASSEMBLY_BYTES = 2 * MAX_WRITE_BYTES;

/** The memory that a part takes, bytes. */
export function partCost(part: Uint8Array): number {
  return part.length + PART_COST_BYTES;
}

/** Counts the parts of all incomplete chunks of a dilation. */
export class AssemblyLimit {
  #cost = 0;

  /** Counts one more part. Returns false, and does not count it, if it exceeds the limit. */
  take(cost: number): boolean {
    if (this.#cost + cost > MAX_ASSEMBLY_BYTES) return false;
    this.#cost += cost;
    return true;
  }

  /** Counts parts of this cost no longer. */
  release(cost: number): void {
    this.#cost -= cost;
  }
}
