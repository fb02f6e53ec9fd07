/** The place that `-o` names. It is checked before a code is used. */
import { accessSync, constants, lstatSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { reasonOf } from "../failure.ts";
import type { Environment } from "../host.ts";
import { quoted } from "../terminal/words.ts";
import { UsageError } from "../usage-error.ts";

/** Stands for standard output on the command line. */
const STANDARD_OUTPUT = "-";
/** The path under which the system offers standard output as a file. */
const STANDARD_OUTPUT_PATH = "/dev/stdout";

/** Where a received text, file or folder goes. */
export interface Place {
  readonly kind: "standard output" | "folder" | "path";
  /** The path for the system. */
  readonly path: string;
  /** Whether an ordinary file is there, which the user has named and which may be replaced. */
  readonly isFile: boolean;
  /** Whether a device, a pipe or a similar thing is there, which is written to and never replaced. */
  readonly isSpecial: boolean;
}

/**
 * Returns the place that `-o` names, or nothing without `-o`.
 * @throws {UsageError} if nothing can be stored there
 * @throws the system's error if this user has no right to write there
 */
export function placeOf(outputFile: string | undefined, environment: Environment): Place | undefined {
  if (outputFile === undefined) return undefined;
  if (outputFile === "") throw new UsageError("-o needs a path, and it is empty. Is a variable of the shell not set?");
  if (outputFile === STANDARD_OUTPUT) return standardOutput();
  const path = withHome(outputFile, environment);
  if (isFolder(path)) return { kind: "folder", path: writable(path), isFile: false, isSpecial: false };
  const folder = /[/\\]$/.test(path) ? path : dirname(path);
  if (!isFolder(folder))
    throw new UsageError(`There is no folder ${quoted(folder)}. Make it first, or choose another.`);
  const found = lstatSync(path, { throwIfNoEntry: false });
  const isSpecial = leadsToSpecial(path, found);
  if (!isSpecial) writable(folder);
  return { kind: "path", path, isFile: found?.isFile() === true, isSpecial };
}

function standardOutput(): Place {
  if (process.platform === "win32") throw new UsageError("-o - is not possible on this system. Choose a file.");
  return { kind: "standard output", path: STANDARD_OUTPUT_PATH, isFile: false, isSpecial: true };
}

/** Replaces a leading `~`, which shells do not replace in quotes and after `=`. */
function withHome(path: string, { HOME }: Environment): string {
  const isHome = /^~(?:\/|$)/.test(path) && HOME !== undefined && HOME !== "" && !isFolder("~");
  return isHome ? HOME + path.slice(1) : path;
}

/** Whether the path is a device, a pipe or another such thing, or a link to one. */
function leadsToSpecial(path: string, found: Stats | undefined): boolean {
  const target = found?.isSymbolicLink() === true ? statSync(path, { throwIfNoEntry: false }) : found;
  return target !== undefined && !target.isFile() && !target.isDirectory();
}

function writable(folder: string): string {
  accessSync(folder, constants.W_OK);
  return folder;
}

/**
 * Why no file can be stored in the current folder, as in "permission denied". Undefined if one can. Without `-o`, this
 * matters for files only: a text needs no folder.
 */
export function problemOfCurrentFolder(): string | undefined {
  try {
    if (statSync(".").nlink === 0) return "it was deleted";
    accessSync(".", constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

/** Whether there is a folder at this path. */
export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
