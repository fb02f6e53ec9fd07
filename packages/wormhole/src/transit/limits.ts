/** The limits of the race for a connection: times and numbers, each with its reason. */

/**
 * Time between the starts of two attempts. A connection that works is usually made by then, so no other is needed.
 */
export const STAGGER_MS = 100;
/** Time that direct connections have before relays are tried. A relay costs its operator bandwidth. */
export const RELAY_DELAY_MS = 2_000;
/** Further time for direct connections after a relayed one is ready. */
export const SETTLE_DELAY_MS = 300;

/**
 * Time for each step of an attempt, from dialling to the peer's decision. Go's receivers reach a relay 10 s after this side.
 */
export const ATTEMPT_DEADLINE_MS = 30_000;
/** The same for accepted connections, which may come from strangers. */
export const INBOUND_DEADLINE_MS = 10_000;
/** Time for the peer to reach this side after all attempts of this side have failed. */
export const ALONE_DEADLINE_MS = 30_000;
/**
 * Time for a second connection after the only one did not bring a first record that opens. The sender's own connection is made at
 * about the same time as that of a stranger.
 */
export const SECOND_CHANCE_MS = 3_000;
/** Time for the whole race. */
export const RACE_DEADLINE_MS = 120_000;

/** The maximum number of attempts at once. Hostile hints must not turn this side into the source of a flood. */
export const MAX_ATTEMPTS = 8;
/** Time after which the slowest unconnected attempt is dropped, if {@link MAX_ATTEMPTS} run and other candidates wait. */
export const CROWDED_PATIENCE_MS = 3_000;
/** The maximum number of endpoints that are dialled in one race, however many messages with hints arrive: 50 in all. */
export const MAX_DIALLED_DIRECTLY = 40;
export const MAX_DIALLED_RELAYS = 10;
/** The maximum number of accepted connections at once. They may come from strangers. */
export const MAX_INBOUND = 16;
