/** Every bound of the server, with its reason. Sizes are in bytes, times in seconds. */

/** A WebSocket message from a client. The largest that real programs send, a long text offer, is far below. */
export const MAX_MESSAGE = 1024 * 1024;

/** Fields that the server keeps. Real ones have at most 40, 10, 26 and 9 bytes. */
export const MAX_APP_ID = 200;
export const MAX_SIDE = 64;
export const MAX_MAILBOX_ID = 128;
export const MAX_PHASE = 64;
/** The `id` of a command comes back in its `ack`, and is kept with a message. Real ones have 4 bytes. */
export const MAX_ID = 64;

/** A wormhole has two ends. */
export const MAX_SIDES = 2;
/** A whole session needs about ten messages; a dilated one five more for each connection that it loses, for days. */
export const MAX_MAILBOX_MESSAGES = 10_000;
/** Room for several messages of the largest size, and a bound on what one code can make the server keep. */
export const MAX_MAILBOX_BYTES = 8 * 1024 * 1024;

/** Nameplates in one answer to `list`: completing a code needs no more, and 15 bytes should not buy megabytes. */
export const MAX_LISTED = 10_000;

/** Levels of nesting in a client's JSON. The protocol needs two; `ping` may carry anything. */
export const MAX_JSON_DEPTH = 32;

/** A longer message comes back in `orig` with its fields cut to {@link ORIG_FIELD}. */
export const MAX_ORIG = 1024;
/** Characters kept of each field of a long `orig`: enough to recognise it; even, so that cut hex still is hex. */
export const ORIG_FIELD = 64;
/** Fields kept of a long `orig`. */
export const ORIG_FIELDS = 16;

/** Stored messages are read for a connection in portions of this size, when it has taken the portion before. */
export const REPLAY_PORTION = 64 * 1024;
/** What may wait for one connection before it is dropped: everything beyond is a client that asks and never reads. */
export const MAX_QUEUE = 8 * 1024 * 1024;
/** A connection that has taken nothing for so long, although something waits for it, is dropped. */
export const STUCK = 30;

/** The server pings a connection that has been silent for so long: NAT boxes forget idle ones after a minute or more. */
export const PING_AFTER = 30;
/** Silence of this length means that the client is gone: two pings, and time for a slow answer. */
export const DROP_AFTER = 75;
/** How often silence and stuck connections are looked for. */
export const WATCH_EVERY = 5;

/** Time for an HTTP request to arrive in full, so that half a request does not hold a socket. */
export const REQUEST_DEADLINE = 10;
/** Bytes of HTTP headers. Behind a proxy they may be long, but not very. */
export const MAX_HEADERS = 8 * 1024;
/** Time that clients get to answer the server's goodbye. */
export const CLOSE_DEADLINE = 2;

/** How long an idle mailbox is kept unless the operator says otherwise: what clients of the public server count on. */
export const DEFAULT_LIFETIME = 11 * 60;
/** How often idle mailboxes are looked for. */
export const EXPIRE_EVERY = 60;
/** Nothing expires so early after a start: clients wait up to 60 seconds before they connect again, perhaps twice. */
export const EXPIRE_GRACE = 120;
/** Mailboxes removed at a time, so that clients are not kept waiting while many expire. */
export const EXPIRE_BATCH = 500;
