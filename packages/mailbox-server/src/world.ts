/** Everything that the rules depend on besides the client's own message and state. */
import type { Store } from "./store.ts";

/** Returns `length` unpredictable bytes. */
export type Random = (length: number) => Uint8Array;

/** The operator's decisions about clients. */
export interface Policy {
  /** Whether `list` returns the nameplates in use; otherwise it returns an empty list. */
  readonly allowList: boolean;
  /** The error with which every client is refused, if the server is not to be used. */
  readonly refusal?: string | undefined;
}

/** The surroundings of one command: the store, the operator's policy, the time and randomness. */
export interface World {
  readonly store: Store;
  readonly policy: Policy;
  /** Seconds since 1970, for clients to read. */
  readonly now: number;
  /** Seconds that the server has been up, in all its runs. Idle time is measured by it. */
  readonly up: number;
  readonly random: Random;
}
