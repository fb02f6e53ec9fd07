/** The identity of what stands at a path: a later look, or an opened file, must show the same one. */

/**
 * What a file, folder or device is, whatever its name. A `bigint` is exact. A `number` is rounded on Windows, so that two
 * neighbours may seem to be one; it is faster, and enough for files, whose size is compared as well.
 */
export interface FileIdentity<Number extends number | bigint = number> {
  readonly dev: Number;
  readonly ino: Number;
}

/** A file, and whether its content has changed, as in the `BigIntStats` of Node. */
export interface FileVersion extends FileIdentity<bigint> {
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** Whether both are the same file, folder or device, whatever its content. */
export const isSame = <Number extends number | bigint>(a: FileIdentity<Number>, b: FileIdentity<Number>): boolean =>
  a.ino === b.ino && a.dev === b.dev;

/** Whether both are the same file, and its content has not changed in between. */
export const isUnchanged = (a: FileVersion, b: FileVersion): boolean =>
  isSame(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs;
