/**
 * Creating the files and folders of a received archive. If a file system refuses a name, another one is tried: a disk of
 * Windows on Linux, for example, has the rules of Windows.
 */
import { chmodSync, futimesSync, mkdirSync, openSync, statSync, utimesSync } from "node:fs";
import { codeOf } from "../../base/caught.ts";
import { encodeName } from "../names/name-bytes.node.ts";
import { keepName, type NamePlatform, numberName, shortenName } from "../names/name-rules.ts";
import { NEW_FILE } from "../storing/spool.node.ts";
import type { TreeFile, TreeFolder, TreeMember } from "./tree.ts";

/** Bytes of a name that every file system accepts: encrypted ones have less room than others. */
const SHORT_NAME_BYTES = 120;
/** The most names that are tried for one member. */
const MAX_TRIES = 20;

/** Permissions of a member without any, before the umask is applied. */
const DEFAULT_MODE = { file: 0o666, folder: 0o777 };
/** The owner can always read what has arrived. */
const READABLE = { file: 0o400, folder: 0o500 };
/** A folder needs these permissions while it is filled. */
const FILLABLE = 0o700;

/** Creates an empty file. Returns its descriptor, or undefined if no name for it can be stored. Sets `file.storedAs`. */
export function createFile(folder: string, file: TreeFile, platform: NamePlatform): number | undefined {
  const { mode } = file.entry;
  // It is open already, so it can be written even if the mode forbids that.
  const permissions = mode === 0 ? DEFAULT_MODE.file : (mode & 0o777) | READABLE.file;
  return withName(folder, file, platform, (path) => openSync(encodeName(path), NEW_FILE, permissions));
}

/** Creates a folder that can be filled. Returns its path, or undefined if no name for it can be stored. */
export function createFolder(parent: string, folder: TreeFolder, platform: NamePlatform): string | undefined {
  return withName(parent, folder, platform, (path) => {
    mkdirSync(encodeName(path), fillableMode(folder));
    return path;
  });
}

/** The permissions of a folder while it is filled. */
export const fillableMode = ({ mode }: TreeFolder): number => (mode ?? DEFAULT_MODE.folder) | FILLABLE;

/** Gives a filled folder the permissions and the time that it came with. Whatever the file system cannot keep is omitted. */
export function finishFolder(path: string, { mode, modified, parent }: TreeFolder): void {
  const place = encodeName(path);
  // The root has to be moved, for which it must be writable.
  const taken = mode === undefined || parent === undefined ? 0 : FILLABLE & ~(mode | READABLE.folder);
  if (taken !== 0) attempt(() => chmodSync(place, statSync(place).mode & 0o7777 & ~taken));
  if (modified !== undefined) attempt(() => utimesSync(place, modified, modified));
}

/** Sets the time of an open file, if the file system can keep it. */
export function keepTime(file: number, modified: Date): void {
  attempt(() => futimesSync(file, modified, modified));
}

function attempt(step: () => void): void {
  try {
    step();
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
  }
}

/**
 * Creates a member under the first name that the file system accepts, and sets `member.storedAs`. Returns undefined if it
 * accepts none.
 * @throws the error of `create`, unless it is about the name
 */
export function withName<T>(
  folder: string,
  member: TreeMember,
  platform: NamePlatform,
  create: (path: string) => T,
): T | undefined {
  let wanted = member.storedAs;
  let number = 0;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      return create(`${folder}/${member.storedAs}`);
    } catch (error) {
      const fault = faultOfName(error);
      if (fault === undefined) throw error;
      if (fault === "taken") number += 1;
      else {
        const next =
          fault === "invalid" ? keepName(wanted, "windows").name : shortenName(wanted, "posix", SHORT_NAME_BYTES);
        if (next === wanted) return undefined;
        wanted = next;
      }
      member.storedAs = number === 0 ? wanted : numberName(wanted, number, platform);
    }
  }
  return undefined;
}

/**
 * The fault of a name, if an error of the system is about one. Everything here is new, so a name is taken only if the file
 * system does not distinguish it from another one.
 */
function faultOfName(error: unknown): "invalid" | "too long" | "taken" | undefined {
  const code = codeOf(error);
  if (code === "EINVAL" || code === "EILSEQ") return "invalid";
  if (code === "ENAMETOOLONG") return "too long";
  return code === "EEXIST" ? "taken" : undefined;
}
