import type { FileHandle } from "node:fs/promises";

/**
 * Bytes of a block device. It does not tell its size, and there is no seek here: the end is found by reading a byte
 * here and there.
 */
export async function deviceSize(file: FileHandle): Promise<number> {
  const byte = new Uint8Array(1);
  const reaches = async (position: number) => (await file.read(byte, 0, 1, position)).bytesRead === 1;
  let beyond = 1;
  while (beyond < Number.MAX_SAFE_INTEGER / 2 && (await reaches(beyond - 1))) beyond *= 2;
  let size = Math.floor(beyond / 2);
  while (size < beyond) {
    const middle = Math.floor((size + beyond) / 2);
    if (await reaches(middle)) size = middle + 1;
    else beyond = middle;
  }
  return size;
}
