/** The limits and deadlines of a session, each with its reason. */

/**
 * The largest message of the application, in bytes. Encrypted and in hexadecimal digits it just fits into the 1 MiB that
 * servers accept.
 */
export const MAX_APP_MESSAGE_BYTES = 500_000;
/** Messages of the peer that may wait for their turn. A normal application sends a dozen. */
export const MAX_HELD_MESSAGES = 1000;
/** Bytes of such messages: more than any normal application sends through a mailbox. */
export const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** Phases of the peer that are remembered, so that none is delivered twice. A series without a gap counts as one. */
export const MAX_PHASES = 4_096;
/** Milliseconds after which a closing wormhole no longer waits for its server. */
export const CLOSE_DEADLINE_MS = 5_000;
/** Milliseconds in which a server must send its welcome. A mailbox server sends it at once. */
export const WELCOME_DEADLINE_MS = 10_000;
/** Milliseconds before the first attempt to reconnect. */
export const RETRY_FIRST_MS = 1_000;
/** Each further pause is longer by this factor. */
export const RETRY_FACTOR = 1.5;
/** The longest pause between two attempts, in milliseconds, without the jitter. */
export const RETRY_MOST_MS = 60_000;
/** Up to this many milliseconds are added at random, so that the clients of a restarted server do not all come at once. */
export const RETRY_JITTER_MS = 1_000;
/** Versions of dilation that are read from the peer's announcement. */
export const MAX_CAN_DILATE = 16;
