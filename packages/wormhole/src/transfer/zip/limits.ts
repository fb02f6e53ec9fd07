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
