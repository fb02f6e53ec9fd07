/** The list of everything in a folder that is to be sent. */
import { accessSync, constants, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";
import { Pace } from "./pace.node.ts";
import { systemReason, unsendableKind } from "./read-file.node.ts";

/** A file, or an empty folder, that is to be sent. */
export interface FolderMember {
  /** Relative to the folder that is sent, separated by `/`. The path of a folder ends with `/`. */
  readonly path: string;
  /** Bytes; 0 for a folder. */
  readonly size: number;
  /** As in Unix, type included: `0o100644`. */
  readonly mode: number;
  readonly modified: Date;
  /** The absolute path without symbolic links, for opening it. */
  readonly location: string;
}

/** A member that is left out, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** Symbolic links can multiply a small folder endlessly. An honest folder holds fewer members than this. */
const MAX_MEMBERS = 2_000_000;

/** A folder that is being listed. */
interface Folder {
  /** The start of its members' paths: `""`, or it ends with `/`. */
  readonly prefix: string;
  /** Its absolute path without symbolic links. */
  readonly real: string;
  /** Undefined for the folder that is sent. */
  readonly parent?: Folder;
}

/**
 * Lists the members of a folder in a fixed order. Folders are listed only if they are empty. A symbolic link is
 * followed if its target is inside the folder. A link to a folder that contains it is left out, because following it
 * would never end.
 *
 * Pipes, sockets, devices, unreadable members and links to targets outside are unsendable. With `ignoreUnsendable` they
 * are left out and returned in `skipped`.
 * @throws {UnsendableFileError} for the first unsendable member, unless `ignoreUnsendable` is true
 */
export async function scanFolder(
  root: string,
  options: { ignoreUnsendable?: boolean; signal?: AbortSignal } = {},
): Promise<{ members: FolderMember[]; skipped: Skipped[] }> {
  const scan = new Scan(realpathSync(root), options.ignoreUnsendable ?? false);
  const pace = new Pace(options.signal);
  for (let folder = scan.next(); folder !== undefined; folder = scan.next()) {
    scan.list(folder);
    await pace.pauseIfDue();
  }
  return scan;
}

class Scan {
  readonly members: FolderMember[] = [];
  readonly skipped: Skipped[] = [];
  readonly #root: string;
  readonly #ignoreUnsendable: boolean;
  readonly #open: Folder[];

  constructor(root: string, ignoreUnsendable: boolean) {
    this.#root = root;
    this.#ignoreUnsendable = ignoreUnsendable;
    this.#open = [{ prefix: "", real: root }];
  }

  /** The next folder to be listed. */
  next(): Folder | undefined {
    return this.#open.pop();
  }

  /** Adds the members of a folder, and its subfolders to those that remain to be listed. */
  list(folder: Folder): void {
    const before = this.members.length + this.#open.length;
    const names = this.#attempt(folder.prefix, () => readdirSync(folder.real).sort()) ?? [];
    for (const name of names) this.#attempt(folder.prefix + name, () => this.#add(folder, name));
    if (folder.parent && this.members.length + this.#open.length === before) this.#addEmpty(folder);
    if (this.members.length > MAX_MEMBERS) {
      throw new UnsendableFileError(this.#root, `The folder holds more than ${MAX_MEMBERS} files.`);
    }
  }

  #add(folder: Folder, name: string): void {
    const path = folder.prefix + name;
    const location = join(folder.real, name);
    const isLink = lstatSync(location).isSymbolicLink();
    const real = isLink ? realpathSync(location) : location;
    if (isLink && !this.#isInside(real)) return this.#refuse(path, "it is a link that leads outside the folder");
    const stats = statSync(real);
    const kind = stats.isBlockDevice() ? "a block device" : unsendableKind(stats);
    if (kind !== undefined) return this.#refuse(path, `it is ${kind}`);
    accessSync(real, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    if (!stats.isDirectory()) {
      this.members.push(member(path, real, stats));
    } else if (isLink && isWithin(folder, real)) {
      this.skipped.push({ path, reason: "it is a link to a folder that contains it" });
    } else {
      this.#open.push({ prefix: `${path}/`, real, parent: folder });
    }
  }

  #isInside(real: string): boolean {
    return real === this.#root || real.startsWith(this.#root + sep);
  }

  #addEmpty({ prefix, real }: Folder): void {
    this.#attempt(prefix, () => this.members.push({ ...member(prefix, real, statSync(real)), size: 0 }));
  }

  /** Runs a step. If it fails, only this path is refused. */
  #attempt<T>(path: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      if (error instanceof UnsendableFileError) throw error;
      this.#refuse(path, systemReason(error), error);
      return undefined;
    }
  }

  /** Leaves a member out, or ends the scan. */
  #refuse(path: string, reason: string, cause?: unknown): void {
    if (!this.#ignoreUnsendable) {
      const options = cause === undefined ? {} : { cause };
      throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: ${reason}.`, options);
    }
    this.skipped.push({ path, reason });
  }
}

function member(path: string, location: string, stats: Stats): FolderMember {
  const type = stats.isDirectory() ? 0o040000 : 0o100000;
  return { path, location, size: stats.size, mode: type | (stats.mode & 0o777), modified: stats.mtime };
}

/** Whether a folder is the one at `real`, or below it. */
function isWithin(folder: Folder, real: string): boolean {
  for (let each: Folder | undefined = folder; each !== undefined; each = each.parent) {
    if (each.real === real) return true;
  }
  return false;
}
