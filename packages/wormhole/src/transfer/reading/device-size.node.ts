/** The size of a block device. */
import type { FileHandle } from "node:fs/promises";

/**
 * Returns the size of a block device in bytes. `stat` gives 0 for a device and Node has no `seek`, so the end is found
 * by a binary search with reads of one byte.
 */
export async function deviceSize(file: FileHandle): Promise<number> {
  const byte = new Uint8Array(1);
  const canRead = async (position: number) => (await file.read(byte, 0, 1, position)).bytesRead === 1;
  let beyond = 1;
  while (beyond < Number.MAX_SAFE_INTEGER / 2 && (await canRead(beyond - 1))) beyond *= 2;
  let size = Math.floor(beyond / 2);
  while (size < beyond) {
    const middle = Math.floor((size + beyond) / 2);
    if (await canRead(middle)) size = middle + 1;
    else beyond = middle;
  }
  return size;
}
