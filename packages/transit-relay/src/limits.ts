/** Every limit and deadline of the relay, with its reason. Times are milliseconds, sizes are bytes. */

/** A handshake line has at most 103 bytes; this leaves room for a longer one of some future, and for no more. */
export const HANDSHAKE_BYTES = 256;

/** A client writes its line as soon as it is connected, so only a very slow network needs more than a moment. */
export const HANDSHAKE_TIME = 10_000;

/** Both sides come within seconds of each other; minutes cover a peer that first tries everything else. */
export const WAITING_TIME = 5 * 60_000;

/** Clients that still want a pair move bytes far more often: dilation pings every half minute. */
export const IDLE_TIME = 15 * 60_000;

/** A client that takes none of its last bytes for this long will not take them at all. */
export const CLOSING_TIME = 60_000;

/** Clients that are not paired, all together: what 20,000 sockets weigh is what a small machine can carry. */
export const MAX_WAITING = 20_000;

/** One side of a token may try again while its older attempts are not yet known to be dead, but not without end. */
export const MAX_WAITING_PER_SIDE = 4;

/** The first probe on a silent TCP connection: a peer that lost power is noticed within minutes. */
export const KEEP_ALIVE_TIME = 60_000;

/**
 * What is read at once: each call has its price, and with 64 KiB a relayed gigabyte costs half as much again. A direction
 * may hold one such chunk that waits to be sent,
 */
export const READ_BYTES = 124 * 1024;

/**
 * and what is read after it, which is little: it shows whether the sender goes on or has gone. That makes 256 KiB for a
 * pair, and a few bytes more where they are framed for a WebSocket.
 */
export const PAUSED_READ_BYTES = 4 * 1024;

/** The high-water mark of streams that Node fills: so low that a paused one takes in one more chunk and no second. */
export const HIGH_WATER_MARK = 1;

/**
 * The longest WebSocket message. A message is put together before it is forwarded, so each paired client on a WebSocket
 * may hold one beyond the 256 KiB of its pair.
 */
export const MAX_MESSAGE = 1024 * 1024;

/** What a WebSocket may bring before `ok`, framing included: the line, and some pings while it waits. */
export const MAX_EARLY_BYTES = 4096;

/** The head of the HTTP request that asks for a WebSocket. */
export const MAX_HTTP_HEAD = 8192;
