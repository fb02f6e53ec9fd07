import type { Store } from "./store.ts";

/** Gives `length` bytes nobody can predict. */
export type Random = (length: number) => Uint8Array;

/** What the operator has decided about clients. */
export interface Policy {
  /** Whether `list` shows the nameplates in use; otherwise it answers that there are none. */
  readonly allowList: boolean;
  /** The error that refuses every client, while the server is not to be used. */
  readonly refusal?: string | undefined;
}

/** All that the rules may look at besides what a client says. */
export interface World {
  readonly store: Store;
  readonly policy: Policy;
  /** Seconds since 1970, for clients to read. */
  readonly now: number;
  /** Seconds that the server has been up, in all its runs: what idle time is measured by. */
  readonly up: number;
  readonly random: Random;
}
