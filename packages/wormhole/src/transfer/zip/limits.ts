/** The limits of a received archive. They depend on what the offer announced. */
import { refuseDamaged } from "./refusal.ts";

/** What the offer announced. */
export interface Announced {
  /** Bytes of all files together. */
  readonly numbytes: number;
  readonly numfiles: number;
}

/**
 * Tolerated beyond or below the announced bytes. Old programs measure a file before or after they pack it, and a log
 * grows in between.
 */
const OTHER_BYTES = 64 * 1024;
/** Tolerated beyond the announced files, because old programs may count before they pack. Fewer files are a loss. */
const EXTRA_FILES = 100;
/** Folders for each announced file. In real trees, most folders hold several files. */
const FOLDERS_PER_FILE = 4;
/** Tolerated beyond that, for trees of empty folders. */
const EXTRA_FOLDERS = 10_000;

/**
 * The most folders that an archive of so many files may have. A folder costs two bytes in the archive, and far more on the
 * disk.
 */
export const maxFolders = (numfiles: number): number => numfiles * FOLDERS_PER_FILE + EXTRA_FOLDERS;

/** Checked while the directory is read, so that it cannot fill the memory. @throws {TransferError} */
export function checkFileCount(files: number, { numfiles }: Announced): void {
  if (files > numfiles + EXTRA_FILES) refuseDamaged(`it holds more than the ${numfiles} files announced`);
}

/** Checked at the end. @throws {TransferError} if something is missing, or the files are larger than announced */
export function checkTotals(files: number, bytes: number, { numfiles, numbytes }: Announced): void {
  if (files < numfiles) refuseDamaged(`it holds ${files} of the ${numfiles} files announced`);
  if (!(bytes <= numbytes + OTHER_BYTES)) refuseDamaged(`it holds more than the ${numbytes} bytes announced`);
  if (bytes < numbytes - OTHER_BYTES) refuseDamaged(`it holds ${bytes} of the ${numbytes} bytes announced`);
}
