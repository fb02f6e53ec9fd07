/** The limits and deadlines of a session, each with its reason. */

/**
 * The largest message of the application, in bytes. After encryption and hexadecimal encoding, it just fits into the 1 MiB
 * that servers accept.
 */
export const MAX_APP_MESSAGE_BYTES = 500_000;
/**
 * The largest sum of the application's messages in one wormhole, as they are on the wire. Our server keeps 8 MiB for both
 * sides; what the peer sends, the key exchange and dilation are left a quarter of it.
 */
export const MAX_MAILBOX_BYTES = 6 * 1024 * 1024;
/** The bytes of a message on the wire: a nonce and a tag are added, and everything is written in hexadecimal. */
export const onWire = (bytes: number): number => 2 * (bytes + 40);
/** The maximum number of messages from the peer that wait for their turn. A normal application sends a dozen. */
export const MAX_HELD_MESSAGES = 1000;
/** The maximum total size of such messages: more than any normal application sends through a mailbox. */
export const MAX_HELD_BYTES = 4 * 1024 * 1024;
/** The maximum number of messages that have arrived and that the application has not taken: more than servers accept. */
export const MAX_UNTAKEN_MESSAGES = 20_000;
/** The maximum total size of such messages. A server and a peer together could fill the memory otherwise. */
export const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;
/** The maximum number of phases to remember, so that each is delivered once. A series without a gap counts as one. */
export const MAX_PHASES = 4_096;
/** Milliseconds after which a closing wormhole no longer waits for its server. */
export const CLOSE_DEADLINE_MS = 5_000;
/** The hashes that a session spends on stamps, on average: about a minute of one core. A server may ask again and again. */
export const MAX_WORK = 2 ** 25;
/** The hashes that a link earns back by being up for {@link STEADY_MS}: an ordinary stamp for each reconnect. */
export const EARNED_WORK = 2 ** 20;
/** Milliseconds within which a server must send its welcome. A mailbox server sends it at once. */
export const WELCOME_DEADLINE_MS = 10_000;
/** Milliseconds within which a server must answer a request without which nothing goes on. It normally takes a second. */
export const ANSWER_DEADLINE_MS = 60_000;
/** Milliseconds after which a link that is still up counts as good, although nothing has happened on it. */
export const STEADY_MS = 60_000;
/** Milliseconds before the first attempt to reconnect. */
export const RETRY_FIRST_MS = 1_000;
/** The factor by which each pause is longer than the one before. */
export const RETRY_FACTOR = 1.5;
/** Milliseconds of the longest pause between two attempts, without the jitter. */
export const RETRY_MOST_MS = 60_000;
/** Milliseconds of the largest random addition to a pause. It spreads the clients that return to a restarted server. */
export const RETRY_JITTER_MS = 1_000;
/** The maximum number of versions of dilation that are read from the peer's announcement. */
export const MAX_CAN_DILATE = 16;
