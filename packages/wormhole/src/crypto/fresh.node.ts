/** A piece of so many bytes is large; smaller ones come with enough small objects around them. */
const LARGE = 8 * 1024;
/** A place in an array: as many bytes again, */
const BYTES_PER_PLACE = 8;
/** but no more than V8 keeps among its young objects. */
const MOST = 64 * 1024;

/** Never read, but what has no place is not made at all. */
const litter: { last?: unknown[] } = {};

/**
 * Memory of Node for a piece of a stream that is given away: nobody else's, and with whatever was in it.
 *
 * A fast stream of large pieces that nobody keeps is a gigabyte of garbage made of few objects. V8 gives back the memory
 * of young objects when enough small ones were made, which is cheap; where few are made it searches the whole heap
 * instead, again and again, on several threads. That took a quarter of a receiver's time. So each large piece comes with
 * some small garbage.
 */
export function fresh(length: number): Uint8Array {
  if (length < LARGE) return new Uint8Array(length);
  litter.last = new Array(Math.floor(Math.min(length, MOST) / BYTES_PER_PLACE));
  return new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);
}
