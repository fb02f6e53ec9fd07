import { accessSync, constants, lstatSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import { printable } from "../../base/printable.ts";
import { UnsendableFileError } from "../../errors.ts";
import type { ZipMember } from "../zip/format.ts";
import { Pace } from "./pace.node.ts";
import { systemReason, unsendableKind } from "./read-file.node.ts";

/** A member of a folder that is to be sent, and where to open it: never a symbolic link. */
export interface Found extends ZipMember {
  readonly location: string;
}

/** What was left out, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** Links may multiply a small folder without end: no honest one holds more than this. */
const MAX_MEMBERS = 2_000_000;

/** A folder on the way, up to the one that is sent. */
interface Folder {
  /** `""`, or ends with `/`. */
  readonly prefix: string;
  /** Without links. */
  readonly real: string;
  readonly parent?: Folder;
}

/**
 * Lists what a folder holds, in a fixed order. Folders appear only when they are empty. A symbolic link is followed
 * if it stays inside; one that leads to a folder around it is left out, because it would have no end.
 *
 * Pipes, sockets, devices, what cannot be read, and links that lead outside are unsendable: with `ignoreUnsendable`
 * they are left out and listed.
 * @throws {UnsendableFileError} for the first unsendable member otherwise
 */
export async function scanFolder(
  root: string,
  options: { ignoreUnsendable?: boolean; signal?: AbortSignal } = {},
): Promise<{ members: Found[]; skipped: Skipped[] }> {
  const scan = new Scan(realpathSync(root), options.ignoreUnsendable ?? false);
  const pace = new Pace(options.signal);
  for (let folder = scan.next(); folder !== undefined; folder = scan.next()) {
    scan.list(folder);
    await pace.breathe();
  }
  return scan;
}

class Scan {
  readonly members: Found[] = [];
  readonly skipped: Skipped[] = [];
  readonly #root: string;
  readonly #ignoreUnsendable: boolean;
  readonly #open: Folder[];

  constructor(root: string, ignoreUnsendable: boolean) {
    this.#root = root;
    this.#ignoreUnsendable = ignoreUnsendable;
    this.#open = [{ prefix: "", real: root }];
  }

  next(): Folder | undefined {
    return this.#open.pop();
  }

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
    const own = join(folder.real, name);
    const isLink = lstatSync(own).isSymbolicLink();
    const real = isLink ? this.#follow(own) : own;
    const stats = statSync(real);
    const kind = unsendableKind(stats);
    if (kind !== undefined || stats.isBlockDevice()) throw new Error(`it is ${kind ?? "a block device"}`);
    accessSync(real, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    if (!stats.isDirectory()) {
      this.members.push(member(path, real, stats));
    } else if (isLink && leadsAround(real, folder)) {
      this.skipped.push({ path, reason: "it is a link to a folder around it" });
    } else {
      this.#open.push({ prefix: `${path}/`, real, parent: folder });
    }
  }

  #follow(link: string): string {
    const real = realpathSync(link);
    if (real !== this.#root && !real.startsWith(this.#root + sep)) throw new Error("it is a link that leads outside");
    return real;
  }

  #addEmpty({ prefix, real }: Folder): void {
    this.#attempt(prefix, () => this.members.push({ ...member(prefix, real, statSync(real)), size: 0 }));
  }

  #attempt<T>(path: string, step: () => T): T | undefined {
    try {
      return step();
    } catch (error) {
      const reason = systemReason(error);
      if (!this.#ignoreUnsendable) {
        throw new UnsendableFileError(path, `'${printable(path)}' cannot be sent: ${reason}.`, { cause: error });
      }
      this.skipped.push({ path, reason });
      return undefined;
    }
  }
}

function member(path: string, location: string, stats: Stats): Found {
  const type = stats.isDirectory() ? 0o040000 : 0o100000;
  return { path, location, size: stats.size, mode: type | (stats.mode & 0o777), modified: stats.mtime };
}

function leadsAround(real: string, folder: Folder | undefined): boolean {
  for (let around = folder; around !== undefined; around = around.parent) {
    if (around.real === real) return true;
  }
  return false;
}
