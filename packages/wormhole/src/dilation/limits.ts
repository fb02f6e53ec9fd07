/** How much, how long: what bounds a dilation. Bytes, milliseconds, pieces. */

/** The longest write that arrives as one chunk; a longer one is cut. Readers hold a record whole. */
export const MAX_WRITE = 8 * 1024 * 1024;
/**
 * What all subchannels together may have under way, unacknowledged: 40 MB/s around the world. What is more than the far
 * end can take at once waits in the system's memory, and has left the processors' caches when it is read: with 24 MiB,
 * eight subchannels were a tenth slower.
 */
export const WINDOW = 8 * 1024 * 1024;
/** The same through a relay, which takes turns with both ends: with less, one of the three waits now and then. */
export const RELAYED_WINDOW = 14 * 1024 * 1024;
/** Of these, what one subchannel leaves for the others, also while there is no connection. */
export const WINDOW_FOR_OTHERS = 2 * 1024 * 1024;
/** What may wait for the application's readers before the connection is read no further; read again at half of it. */
export const MAX_UNREAD = 4 * 1024 * 1024;
/** The same, where each subchannel has a credit of its own: */
export const MAX_UNREAD_CREDITED = 64 * 1024 * 1024;
/** What may be sent over a subchannel before anything of it was read, if the other side counts it so; */
export const FIRST_CREDIT = 256 * 1024;
/** and beyond what was read, as long as little waits for other readers. */
export const CREDIT = 4 * 1024 * 1024;
/** What is lent beside to those that are read. */
export const SHARED_CREDIT = 24 * 1024 * 1024;
/** So much new credit is worth a record anyway. */
export const CREDIT_STEP = 1024 * 1024;
/** What a subchannel's `writable` takes before it asks its writer to wait. */
export const HIGH_WATER_MARK = 256 * 1024;

/** Subchannels that the other side may have open at once. */
export const MAX_OPEN = 1024;
/** Of these, those that nobody has listened for yet. */
export const MAX_EARLY = 64;

/** What the memory of acknowledged records may be kept for new ones. */
export const MAX_RECYCLED = RELAYED_WINDOW;
/** So much may come before it is acknowledged, */
export const ACK_STEP = 1024 * 1024;
/** and so late at most. The end of a subchannel is acknowledged at once. */
export const ACK_DELAY = 5;

/** Sealed and written at once: more would leave the processor's cache, less costs calls. */
export const BATCH = 128 * 1024;

/** Seconds of silence after which a connection is replaced, unless told otherwise; */
export const PING_INTERVAL = 30;
/** and seconds without any connection after which the other side counts as gone. */
export const PATIENCE = 3600;
/** What a connection gets to answer when the addresses of this machine have changed. */
export const PROBE_DEADLINE = 1_500;
/** Addresses are looked at so often: a change is noticed within that time. */
export const LOOK_INTERVAL = 500;
/** Whoever looks so late has been asleep. */
export const ASLEEP = 5_000;
/** While there is no connection, the way to the mailbox server is tried so often. */
export const HURRY_INTERVAL = 3_000;

/** What each step on the way to a connection may take: the network may have gone in the middle of it. Tor takes longer. */
export const STEP_DEADLINE = 10_000;
/** Between two races for a connection; each next one waits longer by the factor, up to the most. */
export const RACE_PAUSE = 1_000;
export const RACE_PAUSE_FACTOR = 1.3;
export const RACE_PAUSE_MOST = 5_000;
/** The same with programs that need to be told: each time costs messages through the mailbox. */
export const STRANGER_PAUSE = 15_000;
/** How long a relayed connection waits before it looks for a direct way again: the first time, and at most. */
export const UPGRADE_PAUSE = 2_000;
export const UPGRADE_PAUSE_MOST = 15_000;
/** How long the leader keeps a connection open that it has replaced: until the follower has heard of the new one. */
export const RETIREMENT = 10_000;
/** Connections that may be lost at once, before anything was gained by them; after that each next one is waited for: */
export const MAX_VAIN = 3;
/** a little at first, and twice as long each time, up to the most. */
export const VAIN_PAUSE = 100;
export const VAIN_PAUSE_MOST = 5_000;
/** What a polite end may take. */
export const LEAVE_DEADLINE = 1_500;

/** Breaches of the protocol after which the other side is not talked to any more, if they come in so short a time. */
export const MAX_BREACHES = 3;
export const BREACH_WINDOW = 60_000;
