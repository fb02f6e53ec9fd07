/** The bounds of the race for a connection: times and numbers. */

/**
 * Time between the starts of two attempts. A working connection is usually made by then, and later ones are not needed.
 */
export const STAGGER_MS = 100;
/** Time that direct connections have before relays are tried. A relay costs its operator bandwidth. */
export const RELAY_DELAY_MS = 2_000;
/** Time that direct connections still have when a relayed one is ready first. */
export const SETTLE_DELAY_MS = 300;

/**
 * Time for each step of an attempt, from dialling to the peer's decision. Receivers in Go reach a relay 10 s after us.
 */
export const ATTEMPT_DEADLINE_MS = 30_000;
/** The same for accepted connections, which may come from strangers. */
export const INBOUND_DEADLINE_MS = 10_000;
/** Time that the peer has to reach this side after all attempts of this side have failed. */
export const ALONE_DEADLINE_MS = 30_000;
/** Time for the whole race. */
export const RACE_DEADLINE_MS = 120_000;

/** Attempts under way at once. Hostile hints must not turn this side into the source of a flood. */
export const MAX_ATTEMPTS = 8;
/** If all attempts are under way and others wait, one that has not connected after this time is dropped. */
export const CROWDED_PATIENCE_MS = 3_000;
/** Endpoints that are dialled in one race, however many messages of hints arrive. */
export const MAX_DIALLED = 50;
/** Accepted connections that have proved nothing yet and are kept at once. */
export const MAX_INBOUND = 16;
