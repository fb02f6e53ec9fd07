/** The identity of what stands at a path: a later look, or an opened file, must show the same one. */

/** What identifies a file, and whether its content has changed. Numbers are exact, as in the `BigIntStats` of Node. */
export interface Identity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}

/** Whether both are the same file, folder or device, whatever its content. */
export const isSame = (a: Pick<Identity, "dev" | "ino">, b: Pick<Identity, "dev" | "ino">): boolean =>
  a.dev === b.dev && a.ino === b.ino;

/** Whether both are the same file, and its content has not changed in between. */
export const isUnchanged = (a: Identity, b: Identity): boolean =>
  isSame(a, b) && a.size === b.size && a.mtimeNs === b.mtimeNs;
