/** The entries of a received archive, and the paths that their names stand for. */
import { printable } from "../../base/printable.ts";
import { bytesOfName } from "../names/name-bytes.ts";
import { refuseHostile } from "./refusal.ts";

/** An entry of the directory: a file, a folder, or something that has to be refused. */
export interface ZipEntry {
  /** The bytes of the name, as a string with one character for each byte. */
  readonly rawName: string;
  /** Untrusted. Bytes that are not UTF-8 are lone surrogates, as in `name-bytes.ts`. */
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc32: number;
  readonly compressedSize: number;
  readonly size: number;
  /** The position of the header before its content. */
  readonly offset: number;
  /** As in Unix, type included; 0 if the program that made the archive has no such modes. */
  readonly mode: number;
  readonly modified: Date | undefined;
}

/** What an entry's name says. */
export interface EntryPath {
  /** The names of the folders around it, and its own. Empty for the root. None of them is empty, `.` or `..`. */
  readonly names: readonly string[];
  readonly isFolder: boolean;
  /** Whether no system here could open a path of this length. */
  readonly isTooLong: boolean;
}

/** The longest path that Linux opens. Other systems have lower limits, and report them. */
const MAX_PATH_BYTES = 4096;

/**
 * Reads an entry's name. Only `/` separates the names in it; it ends with `/` for a folder. Every other character is a
 * part of a name, as on the system that made the archive: a `\` or a `:` leads nowhere here.
 * @throws {TransferError} if the path leads outside the folder to which it is unpacked
 */
export function readEntryPath(name: string): EntryPath {
  const shown = () => printable(name, { width: 80 });
  if (name === "") refuseHostile("a file has no name");
  if (name.includes("\0")) refuseHostile(`'${shown()}' contains a NUL`);
  const names = name.split("/").filter((part) => part !== "" && part !== ".");
  if (name.startsWith("/") || names.includes("..")) refuseHostile(`'${shown()}' leads outside the folder`);
  return {
    names,
    isFolder: /(?:^|\/)\.?$/.test(name),
    isTooLong: isTooLong(names.join("/")),
  };
}

/** A UTF-16 unit has at most three bytes, so most paths need not be encoded. */
const isTooLong = (path: string): boolean =>
  path.length * 3 >= MAX_PATH_BYTES && (path.length >= MAX_PATH_BYTES || bytesOfName(path).length >= MAX_PATH_BYTES);
