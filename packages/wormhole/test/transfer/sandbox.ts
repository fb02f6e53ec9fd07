/** Temporary folders for tests, and what pieces hold together. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** Creates a folder for one test, which is removed afterwards. */
export function sandbox(): string {
  const folder = mkdtempSync(join(tmpdir(), "wormhole-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Returns the content of all pieces, copied. */
export async function gather(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const copies: Uint8Array[] = [];
  for await (const piece of pieces) copies.push(Uint8Array.from(piece));
  return Uint8Array.from(Buffer.concat(copies));
}
