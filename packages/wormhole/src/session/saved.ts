/** What a wormhole consists of while it is saved: the session and the little that its driver keeps. */
import type { WormholeEvent } from "./events.ts";
import type { Session } from "./session.ts";

/** A whole wormhole. */
export interface Saved {
  readonly relayUrl: string;
  readonly session: Session;
  /** Events that the application has not seen yet. */
  readonly untold: readonly WormholeEvent[];
  /** The wormhole was made with Tor, and must not be restored without it. */
  readonly tor?: true | undefined;
}
