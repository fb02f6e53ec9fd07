/**
 * A folder that is held open while its members are listed and read. A path is resolved anew at each call, and may lead
 * elsewhere by then; a handle leads to the same folder for ever, even if the folder is renamed or replaced by a link.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { isAbsolute, join, sep } from "node:path";
import { type FileIdentity, isSame } from "../files/identity.ts";
import { decodeName, encodeName } from "../names/name-bytes.node.ts";

/** The exact identity of what is at a path; of a link, its own. */
export const identityOf = (path: string | Buffer): FileIdentity<bigint> => lstatSync(path, { bigint: true });

const FOLDER = constants.O_DIRECTORY ?? 0;

/**
 * Flags for opening a member of a folder: a link in the last component is not followed, and opening a pipe does not wait
 * for its other end. Windows has neither flag.
 */
export const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** The absolute path of something, without links. */
export const realPath = (path: string | Buffer): string => decodeName(realpathSync.native(path, "buffer"));

/**
 * A folder, and the paths that lead into it. On Linux they begin at its handle. Elsewhere they begin at its real path,
 * because Node cannot open a file relative to a handle, and {@link reaches} compares afterwards.
 */
export class SourceFolder {
  /** The absolute path at which it was opened, without links. */
  readonly real: string;
  readonly identity: FileIdentity<bigint>;
  readonly #handle: number | undefined;
  readonly #base: string;

  private constructor(real: string, handle: number | undefined) {
    const base = handle === undefined ? real : `/proc/${process.pid}/fd/${handle}`;
    this.real = real;
    this.#handle = handle;
    this.#base = base;
    this.identity =
      handle === undefined ? statSync(encodeName(real), { bigint: true }) : fstatSync(handle, { bigint: true });
  }

  /** Whether it is held open, so that {@link at} leads into this very folder. */
  get isHeld(): boolean {
    return this.#handle !== undefined;
  }

  /** Opens a folder. Links in the path are followed. @throws the system's error */
  static open(path: string): SourceFolder {
    const handle = process.platform === "linux" ? openHandle(encodeName(path)) : undefined;
    return new SourceFolder(handle === undefined ? realPath(encodeName(path)) : pathOf(handle), handle);
  }

  /**
   * Opens a folder at a location in this one, or at an absolute path. @throws the system's error, or an error with the
   * code `ECHANGED` if it is no longer the one with this identity
   */
  openAt(location: string, identity: FileIdentity<bigint>): SourceFolder {
    const isHeld = this.#handle !== undefined;
    const handle = isHeld ? openSync(this.at(location), OPEN_FLAGS | FOLDER) : undefined;
    const folder = new SourceFolder(absolute(this.real, location), handle);
    if (isSame(folder.identity, identity)) return folder;
    folder.close();
    return changed();
  }

  /** The path of a location in this folder, in the form that `node:fs` needs. An absolute path leads where it says. */
  at(location: string): string | Buffer {
    return encodeName(isAbsolute(location) ? location : `${this.#base}/${location}`);
  }

  /**
   * Facts about what is at a location. Nothing on the way to it may be a link. @throws the system's error, or an error with
   * the code `ECHANGED`
   */
  statAt(location: string): Stats {
    const stats = lstatSync(this.at(location));
    if (!stats.isFile() && !stats.isDirectory()) return stats;
    if (this.#handle === undefined) return this.#isReal(location) ? stats : changed();
    const handle = openSync(this.at(location), OPEN_FLAGS);
    try {
      return this.reaches(handle, location) ? fstatSync(handle) : changed();
    } finally {
      closeSync(handle);
    }
  }

  /**
   * Whether an open file or folder is the one at this location, and no component of its path is a link. It costs several
   * calls of the system, so it is asked only if the identity is new.
   */
  reaches(handle: number, location: string): boolean {
    try {
      if (this.#handle !== undefined) return pathOf(handle) === absolute(pathOf(this.#handle), location);
      return this.#isReal(location) && isSame(identityOf(this.at(location)), fstatSync(handle, { bigint: true }));
    } catch {
      return false;
    }
  }

  #isReal(location: string): boolean {
    const expected = absolute(this.real, location);
    return realPath(encodeName(expected)) === expected;
  }

  /** The location in this folder of an absolute path without links. Undefined if it is outside. */
  locate(real: string): string | undefined {
    if (real === this.real) return "";
    const start = this.real.endsWith(sep) ? this.real : this.real + sep;
    return real.startsWith(start) ? real.slice(start.length).replaceAll(sep, "/") : undefined;
  }

  close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
  }
}

const absolute = (root: string, location: string): string => (isAbsolute(location) ? location : join(root, location));

function changed(): never {
  throw Object.assign(new Error("it was replaced"), { code: "ECHANGED" });
}

/** The path at which an open file is now. */
const pathOf = (handle: number): string => decodeName(readlinkSync(`/proc/${process.pid}/fd/${handle}`, "buffer"));

/** Opens a folder for paths below `/proc/PID/fd`. Undefined if there is no such path, as without `/proc`. */
function openHandle(path: string | Buffer): number | undefined {
  let handle: number | undefined;
  try {
    handle = openSync(path, constants.O_RDONLY | FOLDER);
    if (isSame(statSync(`/proc/${process.pid}/fd/${handle}/.`), fstatSync(handle))) return handle;
  } catch {
    // Listing the folder by its path throws the error that a person can understand.
  }
  if (handle !== undefined) closeSync(handle);
  return undefined;
}
