/** The bounds of a session, each with its reason. */

/** Bytes of a message of ours: with twice as many hexadecimal digits it just fits into what servers take at once. */
export const MAX_MESSAGE = 500_000;
/** Messages of the peer that may wait for their turn: a polite application sends a dozen. */
export const MAX_HELD_MESSAGES = 1000;
/** Bytes that may wait so: more than any polite application ever sends through a mailbox. */
export const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Phases of the peer that are remembered, so that none is delivered twice; a series without a gap counts as one. */
export const MAX_PHASES = 4_096;
/** After this many milliseconds a closing wormhole no longer waits for its server. */
export const CLOSE_DEADLINE = 5_000;
/** A server that has opened a WebSocket greets at once; one that is silent for so long is no mailbox server. */
export const WELCOME_DEADLINE = 10_000;
/** Milliseconds before the first attempt to reconnect; each next one waits longer by the factor, up to the most. */
export const RETRY_FIRST = 1_000;
export const RETRY_FACTOR = 1.5;
export const RETRY_MOST = 60_000;
/** Up to this much is added at random, so that the clients of a server that restarts do not all come at once. */
export const RETRY_JITTER = 1_000;
