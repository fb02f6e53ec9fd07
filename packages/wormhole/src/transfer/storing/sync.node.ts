/** Waiting until a disk holds what was written. Many file systems and sandboxes cannot do that, and keep the data anyway. */

import type { FileHandle } from "node:fs/promises";
import { codeOf } from "../../base/caught.ts";

/** Errors that say that data may be lost. All other errors say that the disk cannot be asked. */
const LOSSES = new Set(["EIO", "ENOSPC", "EDQUOT", "ESTALE", "EFBIG", "ENXIO", "ENODEV", "EROFS"]);

/** Whether an error of a sync, or of closing, says that data may be lost. */
export const meansLoss = (error: unknown): boolean => LOSSES.has(codeOf(error) ?? "");

/**
 * Waits until the disk holds the content of a file. Returns false if that cannot be found out here.
 * @throws the system's error if data may be lost
 */
export async function trySync(file: Pick<FileHandle, "datasync" | "sync">): Promise<boolean> {
  return (await succeeds(() => file.datasync())) || (await succeeds(() => file.sync()));
}

async function succeeds(sync: () => Promise<void>): Promise<boolean> {
  try {
    await sync();
    return true;
  } catch (error) {
    if (meansLoss(error)) throw error;
    return false;
  }
}
