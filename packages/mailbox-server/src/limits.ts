/** Every bound of the server, with its reason. */

/** The longest WebSocket message from a client. The longest that real programs send, a text offer, is far below. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The longest name of an app, in bytes. Real ones have at most 40. */
export const MAX_APP_ID = 200;
/** The longest name of a side, in bytes. Real ones have 10. */
export const MAX_SIDE = 64;
/** The longest id of a mailbox, in bytes. Real ones have at most 26. */
export const MAX_MAILBOX_ID = 128;
/** The longest name of a phase, in bytes. Real ones have at most 9. */
export const MAX_PHASE = 64;
/** The longest `id` of a command, in bytes. It is returned in the `ack` and kept with a message. Real ones have 4. */
export const MAX_ID = 64;

/** Sides of a nameplate or mailbox: a wormhole has two ends. */
export const MAX_SIDES = 2;
/**
 * Messages in a mailbox. A session needs about ten; a dilated one needs five more for each connection that it loses.
 */
export const MAX_MAILBOX_MESSAGES = 10_000;
/**
 * Bytes in a mailbox: room for several messages of the largest size, and a bound on what one code can make the server
 * keep.
 */
export const MAX_MAILBOX_BYTES = 8 * 1024 * 1024;

/**
 * Nameplates in one answer to `list`. Completing a code needs no more, and a request of 15 bytes must not cost
 * megabytes.
 */
export const MAX_LISTED = 10_000;

/** Levels of nesting in a client's JSON. The protocol needs two; `ping` may carry any value. */
export const MAX_JSON_DEPTH = 32;

/**
 * Characters of a message up to which `orig` in an error repeats it whole. The fields of a longer one are shortened.
 */
export const MAX_ORIG = 1024;
/** Characters kept of each field of a long `orig`: enough to recognise it. An even number keeps shortened hex valid. */
export const ORIG_FIELD = 64;
/** Fields kept of a long `orig`. */
export const ORIG_FIELDS = 16;

/**
 * Stored messages are read for a client in portions of this size, one when the client has accepted the previous one.
 */
export const REPLAY_PORTION_BYTES = 64 * 1024;
/** The most that may wait for one client. A client that asks and never reads is dropped beyond it. */
export const MAX_QUEUE_BYTES = 8 * 1024 * 1024;
/** A client that has read nothing for this long, although something waits for it, is dropped. */
export const STUCK_MS = 30_000;

/**
 * A client that has been silent for this long is pinged. NAT routers forget idle connections after a minute or more.
 */
export const PING_AFTER_MS = 30_000;
/** A client that has been silent for this long is gone: two pings, and time for a slow answer. */
export const DROP_AFTER_MS = 75_000;
/** Interval at which the server looks for silent and stuck clients. */
export const HEALTH_CHECK_MS = 5000;

/** Time for an HTTP request to arrive in full, so that half a request does not hold a socket. */
export const REQUEST_DEADLINE_MS = 10_000;
/** The longest HTTP headers: enough for those that proxies add. */
export const MAX_HEADER_BYTES = 8 * 1024;
/** Time for clients to answer the server's close frame. */
export const CLOSE_DEADLINE_MS = 2000;

/** How long an idle mailbox is kept by default. The public server does the same, and clients rely on it. */
export const DEFAULT_LIFETIME_SECONDS = 11 * 60;
/** Interval at which idle mailboxes are removed. */
export const EXPIRE_EVERY_SECONDS = 60;
/** Nothing expires this soon after a start: clients wait up to 60 seconds before they reconnect, perhaps twice. */
export const EXPIRE_GRACE_SECONDS = 120;
/** Mailboxes removed in one go, so that clients do not wait while many expire. */
export const EXPIRE_BATCH = 500;
