/** Every limit and deadline of the relay, with its reason. */

/** The longest handshake line. Today's have at most 103 bytes; the rest is room for a future form. */
export const HANDSHAKE_BYTES = 256;

/**
 * Time for the handshake. A client writes its line as soon as it is connected, so only a very slow network needs long.
 */
export const HANDSHAKE_MS = 10_000;

/**
 * Default time to wait for a partner. Both sides usually come within seconds; a peer that first tries everything else
 * needs minutes.
 */
export const WAITING_MS = 5 * 60_000;

/**
 * A pair that carries no byte for this long is closed. Clients in use send far more often: dilation pings every half
 * minute.
 */
export const IDLE_MS = 15 * 60_000;

/** A closing client that accepts no byte for this long is dropped with the bytes that it has not accepted. */
export const CLOSING_MS = 60_000;

/** Clients without a partner. A small machine can carry the memory of 20,000 sockets. */
export const MAX_WAITING = 20_000;

/** Clients of one side of a token that wait. A side may retry before its older attempts are known to be dead. */
export const MAX_WAITING_PER_SIDE = 4;

/** Silence before the first probe on a TCP connection. A peer that lost power is noticed within minutes. */
export const KEEP_ALIVE_MS = 60_000;

/**
 * Bytes of one read. Each call has a cost: with 64 KiB, relaying a gigabyte takes one and a half times as long. In each
 * direction of a pair, one such chunk may wait to be sent.
 */
export const READ_BYTES = 124 * 1024;

/**
 * Bytes of the one read during a pause, which shows whether the sender is still connected. With {@link READ_BYTES} in
 * both directions, a pair buffers at most 256 KiB, and a few bytes more of framing for a WebSocket.
 */
export const PAUSED_READ_BYTES = 4 * 1024;

/**
 * The high-water mark of streams that Node fills: so low that a paused stream reads one more chunk and no second one.
 */
export const HIGH_WATER_MARK_BYTES = 1;

/**
 * The longest WebSocket message. A message is complete before it is forwarded, so each paired WebSocket client may
 * buffer one beyond the 256 KiB of its pair.
 */
export const MAX_MESSAGE_BYTES = 1024 * 1024;

/** The most that a WebSocket client may send before `ok`, framing included: the line, and some pings while it waits. */
export const MAX_EARLY_BYTES = 4096;

/** The longest head of an HTTP request. */
export const MAX_HEADER_BYTES = 8192;
