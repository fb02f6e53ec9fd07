/** The whole state of a wormhole, as it is saved and restored: its session, and the few values that its driver keeps. */
import type { WormholeEvent } from "./events.ts";
import type { Session } from "./session.ts";

/** The whole state of a wormhole. */
export interface Saved {
  readonly relayUrl: string;
  readonly session: Session;
  /** Events that the application has not seen yet. */
  readonly untold: readonly WormholeEvent[];
  /** Whether the wormhole was made with Tor. Then it must not be restored without Tor. */
  readonly tor?: true | undefined;
}
