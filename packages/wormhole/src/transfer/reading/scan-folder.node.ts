/** The list of everything in a folder that is to be sent. */
import { accessSync, closeSync, constants, lstatSync, openSync, readdirSync, type Stats } from "node:fs";
import { type FileIdentity, isSame } from "../files/identity.ts";
import { Pace } from "../files/pace.node.ts";
import { systemReason } from "../files/system-reason.ts";
import { decodeName } from "../names/name-bytes.node.ts";
import { bytesOfName } from "../names/name-bytes.ts";
import { UnportableNames } from "../names/unportable-names.ts";
import { Links } from "./links.node.ts";
import { Offenders } from "./offenders.ts";
import { unsendableKind } from "./read-file.node.ts";
import { MAX_REPEATS, Repeats } from "./repeats.ts";
import type { FolderMember, FoundFolder, ScannedFolder } from "./scanned-folder.node.ts";
import { identityOf, OPEN_FLAGS, SourceFolder } from "./source-folder.node.ts";
import { FileSystems, mayBeFalse, readUnsized } from "./unsized-file.node.ts";

/** How a folder is listed. */
export interface ScanOptions {
  /** If true, unsendable members are left out, and returned in `skipped`. Default: false. */
  readonly ignoreUnsendable?: boolean | undefined;
  /** If true, links that lead outside of the folder are followed, too. Default: false. */
  readonly followLinks?: boolean | undefined;
  /** The name of the folder, which stands before the paths of members in messages. Default: its real name. */
  readonly name?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An honest folder holds fewer members than this. */
const MAX_MEMBERS = 2_000_000;
/** The longest path that Linux and macOS accept. Longer ones can be stored nowhere. */
const MAX_PATH_BYTES = 4095;

/** Bytes of all files without a true size, which are held in memory. */
const MAX_UNSIZED_BYTES = 64 * 1024 * 1024;

/** A file or folder that was found: where it is, what it is, and whether links have led to it before. */
interface Found {
  readonly path: string;
  readonly location: string;
  readonly stats: Stats;
  readonly reached: "directly" | "again" | "by-link";
}

/** A folder that is being listed. */
interface Folder extends FoundFolder {
  /** The start of its members' paths: `""`, or it ends with `/`. */
  readonly prefix: string;
  readonly stats: Stats;
  /** Undefined for the folder that is sent. */
  readonly parent?: Folder;
}

/**
 * Lists the members of a folder in a fixed order. A symbolic link is followed if its target is inside the folder, or with
 * `followLinks`. A link to a folder that contains it is left out, because following it would never end.
 *
 * Pipes, sockets, devices, unreadable members, links to targets outside, dangling links and paths that are too long for
 * every system are unsendable.
 * @throws {UnsendableFileError} naming all unsendable members, unless `ignoreUnsendable` is true; or if links make the
 *   folder endless
 */
export async function scanFolder(path: string, options: ScanOptions = {}): Promise<ScannedFolder> {
  const root = SourceFolder.open(path);
  try {
    const scan = new Scan(root, options);
    const pace = new Pace(options.signal);
    for (let folder = scan.next(); folder !== undefined; folder = scan.next()) {
      scan.list(folder);
      await pace.pauseIfDue();
    }
    return scan.finish();
  } catch (error) {
    root.close();
    throw error;
  }
}

class Scan {
  readonly #root: SourceFolder;
  readonly #options: ScanOptions;
  readonly #name: string;
  readonly #members: FolderMember[] = [];
  readonly #folders: FolderMember[] = [];
  readonly #offenders: Offenders;
  readonly #links: Links;
  readonly #repeats = new Repeats();
  readonly #unportable = new UnportableNames();
  readonly #fileSystems = new FileSystems();
  #unsizedBytes = 0;
  readonly #open: Folder[];

  constructor(root: SourceFolder, options: ScanOptions) {
    const stats = lstatSync(root.at("."));
    this.#root = root;
    this.#options = options;
    this.#name = options.name ?? root.real.split(/[/\\]/).at(-1) ?? "";
    this.#offenders = new Offenders(this.#name);
    this.#links = new Links(root, options.followLinks === true);
    this.#unportable.add(this.#name, this.#name);
    const { dev, ino } = root.identity;
    this.#open = [{ prefix: "", location: "", dev, ino, stats }];
  }

  /** The next folder to be listed. */
  next(): Folder | undefined {
    return this.#open.pop();
  }

  /** Adds the members of a folder, and its subfolders to those that remain to be listed. */
  list(folder: Folder): void {
    const before = this.#members.length + this.#open.length;
    const reached = this.#repeats.addFolder(folder) ? "again" : "directly";
    this.#attempt(folder.prefix, () => this.#listHeld(folder, reached));
    const isEmpty = this.#members.length + this.#open.length === before;
    const entry = { ...member(folder.prefix || "./", folder), size: 0 };
    if (isEmpty && folder.parent) this.#members.push(entry);
    else this.#folders.push(entry);
    this.#requireEnd();
  }

  /** The result. @throws {UnsendableFileError} */
  finish(): ScannedFolder {
    const { loops, all } = this.#offenders;
    if (this.#options.ignoreUnsendable !== true) this.#offenders.throwIfAny();
    return {
      root: this.#root,
      members: this.#members,
      folders: this.#folders.reverse(),
      skipped: [...loops, ...all],
      repeats: this.#repeats,
      unportable: this.#unportable,
    };
  }

  #requireEnd(): void {
    if (this.#members.length + this.#offenders.all.length > MAX_MEMBERS) {
      this.#offenders.refuseAll(`it holds more than ${MAX_MEMBERS} files`);
    }
    if (this.#repeats.isEndless) {
      this.#offenders.refuseAll(
        `links in it lead to the same files again and again, more than ${MAX_REPEATS} times. Send its parts one by one`,
      );
    }
  }

  /** Lists a folder through a handle, so that every fact comes from the folder that was found, whatever its path is now. */
  #listHeld(folder: Folder, reached: "directly" | "again"): void {
    const held = this.#root.openAt(folder.location || ".", folder);
    try {
      const names = namesIn(held);
      if (reached === "directly") this.#unportable.addFolder(`${this.#name}/${folder.prefix}`, names);
      for (const name of names) this.#attempt(folder.prefix + name, () => this.#add(folder, held, name, reached));
    } finally {
      held.close();
    }
  }

  #add(folder: Folder, held: SourceFolder, name: string, reached: "directly" | "again"): void {
    const path = folder.prefix + name;
    const stats = lstatSync(held.at(name), { throwIfNoEntry: false });
    // A file that has vanished since the names were read is no member.
    if (stats === undefined) return;
    if (isTooLong(path)) return this.#offenders.add(path, `its path is longer than ${MAX_PATH_BYTES} bytes`);
    const location = folder.location === "" ? name : `${folder.location}/${name}`;
    if (stats.isSymbolicLink()) this.#addLink(folder, { path, location, stats, reached }, held.at(name));
    else this.#addTarget(folder, { path, location, stats, reached }, held.at(name));
  }

  /** Adds what a link leads to. `link` is the path at which the link can be read now. */
  #addLink(folder: Folder, { path, location, reached }: Found, link: string | Buffer): void {
    const target = this.#links.follow(location, link);
    if ("broken" in target) return this.#offenders.addBroken(path, target.text, target.broken);
    if ("outside" in target) return this.#offenders.addOutside(path, target.outside);
    const { stats, isInside } = target;
    const byLink = !isInside ? "by-link" : stats.isDirectory() ? "directly" : "again";
    const found = { path, location: target.location, stats, reached: reached === "again" ? reached : byLink } as const;
    this.#addTarget(folder, found, this.#root.at(target.location || "."));
  }

  /** Adds a file or folder. `at` is the path at which it can be read now. */
  #addTarget(folder: Folder, { path, location, stats, reached }: Found, at: string | Buffer): void {
    const kind = stats.isBlockDevice() ? "a block device" : unsendableKind(stats);
    if (kind !== undefined) return this.#offenders.add(path, `it is ${kind}`);
    accessSync(at, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    if (stats.isDirectory()) {
      const { dev, ino } = identityOf(at);
      if (isWithin(folder, { dev, ino })) return this.#offenders.addLoop(path);
      this.#open.push({ prefix: `${path}/`, location, dev, ino, stats, parent: folder });
      return;
    }
    const content = this.#contentOf(stats, at);
    const file = member(path, { location, stats });
    if (content !== undefined) this.#members.push({ ...file, size: content.length, content });
    else if (isIn(folder, location)) this.#members.push({ ...file, folder });
    else this.#members.push(file);
    this.#repeats.addFile(stats, reached);
  }

  /** The content of a file that has no true size, and undefined for every other one. */
  #contentOf(stats: Stats, at: string | Buffer): Uint8Array | undefined {
    if (!mayBeFalse(stats) || this.#fileSystems.hasTrueSizes(stats.dev, at)) return undefined;
    const file = openSync(at, OPEN_FLAGS);
    try {
      const content = readUnsized(file, stats);
      this.#unsizedBytes += content?.length ?? 0;
      if (this.#unsizedBytes > MAX_UNSIZED_BYTES) throw Object.assign(new Error("too large"), { code: "EUNSIZED" });
      return content;
    } finally {
      closeSync(file);
    }
  }

  /** Runs a step. If it fails, only this path is refused. */
  #attempt(path: string, step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#offenders.add(path, systemReason(error));
    }
  }
}

/** The names in a folder, in a fixed order. Names that are not UTF-8 are read as bytes. */
function namesIn(folder: SourceFolder): string[] {
  const names = readdirSync(folder.at("."));
  const replaced = names.some((name) => name.includes("\ufffd"));
  return (replaced ? readdirSync(folder.at("."), "buffer").map(decodeName) : names).sort();
}

const isTooLong = (path: string): boolean =>
  path.length * 3 > MAX_PATH_BYTES && bytesOfName(path).length > MAX_PATH_BYTES;

function member(path: string, { location, stats }: Pick<Found, "location" | "stats">): FolderMember {
  const type = stats.isDirectory() ? 0o040000 : 0o100000;
  const { dev, ino, size, mtime } = stats;
  return { path, location, dev, ino, size, mode: type | (stats.mode & 0o777), modified: mtime };
}

/** Whether a location is that of something in a folder. */
const isIn = (folder: Folder, location: string): boolean =>
  location.slice(0, Math.max(0, location.lastIndexOf("/"))) === folder.location;

/** Whether a folder is this one, or below it. */
function isWithin(folder: Folder, identity: FileIdentity<bigint>): boolean {
  for (let each: Folder | undefined = folder; each !== undefined; each = each.parent) {
    if (isSame(each, identity)) return true;
  }
  return false;
}
