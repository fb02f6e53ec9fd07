/**
 * The limits and deadlines of a dilation. Each name ends with its unit; names without a unit count things.
 */

// Sending.

/** Longest write that arrives as one chunk. A longer write is cut. The reader's side holds a whole record in memory. */
export const MAX_WRITE_BYTES = 8 * 1024 * 1024;
/**
 * Unacknowledged bytes of all subchannels together: enough for 40 MB/s around the world. Bytes beyond what the peer can
 * process at once wait in its system's memory and have left the processor's cache when they are read: with 24 MiB, eight
 * subchannels were a tenth slower.
 */
export const WINDOW_BYTES = 8 * 1024 * 1024;
/** The same window through a relay, which serves both ends in turn. With a smaller one, one of the three sometimes waits. */
export const RELAYED_WINDOW_BYTES = 14 * 1024 * 1024;
/** The part of the window that one subchannel leaves for the others, with or without a connection. */
export const RESERVED_WINDOW_BYTES = 2 * 1024 * 1024;
/** Bytes that a subchannel's `writable` takes before it asks its writer to wait. */
export const HIGH_WATER_MARK_BYTES = 256 * 1024;
/** Bytes that are sealed and written together. A larger batch leaves the processor's cache, a smaller one costs more calls. */
export const BATCH_BYTES = 128 * 1024;
/** Memory of acknowledged records that is kept for new ones. */
export const MAX_RECYCLED_BYTES = RELAYED_WINDOW_BYTES;

// Receiving.

/** Unread bytes at which the connection is paused. It is resumed at half of them. */
export const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** The same limit if both sides use credit, where each subchannel has a limit of its own. */
export const MAX_UNREAD_CREDITED_BYTES = 64 * 1024 * 1024;
/** Bytes that may be sent over a subchannel before its reader has read any, if both sides use credit. */
export const FIRST_CREDIT_BYTES = 256 * 1024;
/** Bytes that may be sent beyond those that were read, as long as few bytes wait for other readers. */
export const CREDIT_BYTES = 4 * 1024 * 1024;
/** Additional bytes, shared by all subchannels that are being read. */
export const SHARED_CREDIT_BYTES = 24 * 1024 * 1024;
/** New credit that is worth a record of its own, whatever the subchannel has already. */
export const CREDIT_STEP_BYTES = 1024 * 1024;
/** Bytes received after which an acknowledgement is sent at once. */
export const ACK_STEP_BYTES = 1024 * 1024;
/** Longest delay of an acknowledgement. A CLOSE is acknowledged immediately. */
export const ACK_DELAY_MS = 5;

/** Subchannels that the peer may have open at once. */
export const MAX_OPEN_SUBCHANNELS = 1024;
/** Subchannels among those that wait for a listener. */
export const MAX_EARLY_SUBCHANNELS = 64;

// The life of a connection.

/** Default of `pingInterval`: a connection that is silent for this long is replaced. */
export const PING_INTERVAL_SECONDS = 30;
/** Default of `patience`: after this time without a connection, the peer is considered gone. */
export const PATIENCE_SECONDS = 3600;
/** Time for a connection to answer a ping after the addresses of this machine have changed. */
export const PROBE_DEADLINE_MS = 1_500;
/** Interval at which the addresses of this machine are compared, because systems do not report changes. */
export const POLL_INTERVAL_MS = 500;
/** If the poll timer fires this late, the process or the machine was suspended. */
export const SUSPENSION_MS = 5_000;
/** While there is no connection, the link to the mailbox server is retried this often. */
export const HURRY_INTERVAL_MS = 3_000;
/** How long the leader keeps a replaced connection open, so that the follower can learn of the new one first. */
export const REPLACED_DEADLINE_MS = 10_000;
/** Consecutive connections that may be lost before carrying anything. After that, reconnecting is delayed. */
export const MAX_USELESS_CONNECTIONS = 3;
/** The delay doubles with each further useless connection: its base, and its maximum. */
export const BACKOFF_MS = 100;
export const MAX_BACKOFF_MS = 5_000;
/** Longest duration of a polite end. */
export const LEAVE_DEADLINE_MS = 1_500;

// Making a connection.

/** Longest duration of each step towards a connection, because the network may fail in the middle. Unlimited over Tor. */
export const STEP_DEADLINE_MS = 10_000;
/** Pause between two races for a connection: the first one, the growth of each next one, and the maximum. */
export const RACE_PAUSE_MS = 1_000;
export const RACE_PAUSE_FACTOR = 1.3;
export const MAX_RACE_PAUSE_MS = 5_000;
/** The same pause if the peer lacks our extensions: each new race then costs messages through the mailbox. */
export const UNEXTENDED_RACE_PAUSE_MS = 15_000;
/** Pause before a relayed connection looks for a direct way again: the first one, and the maximum. Each one doubles. */
export const UPGRADE_PAUSE_MS = 2_000;
export const MAX_UPGRADE_PAUSE_MS = 15_000;

// What the peer can make this side dial, during the whole life of a dilation. This side's own relays are not counted.

/** Time in which {@link MAX_DIALS} and {@link MAX_DIALS_PER_HOST} are counted. */
export const DIAL_WINDOW_MS = 60_000;
/** Dials in that time. Two races over twenty addresses each are forty. */
export const MAX_DIALS = 200;
/** Dials to one host in that time. A peer that is away is tried again every few seconds. */
export const MAX_DIALS_PER_HOST = 30;
/** Hosts that may be dialled for the first time. After that, one more is allowed after each {@link NEW_HOST_INTERVAL_MS}. */
export const MAX_NEW_HOSTS = 50;
export const NEW_HOST_INTERVAL_MS = 60_000;

// A peer that breaks the protocol.

/** The dilation ends at this number of protocol breaches within {@link BREACH_WINDOW_MS}. */
export const MAX_BREACHES = 3;
export const BREACH_WINDOW_MS = 60_000;
