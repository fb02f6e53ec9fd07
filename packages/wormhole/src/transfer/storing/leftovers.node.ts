/** What earlier, interrupted transfers of this program have left behind in a folder. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { FilePath, HeldFolder } from "./held-folder.node.ts";
import { makerOf } from "./staging.node.ts";

/** Something that no transfer needs any more. */
export interface Leftover {
  readonly path: string;
  readonly bytes: number;
}

/** How long nothing was written to what another machine made, before its transfer counts as interrupted. */
const UNTOUCHED_MS = 24 * 60 * 60 * 1000;

/** Entries that are measured, so that a large tree costs no time. */
const MOST_ENTRIES = 1000;

/**
 * Finds the parts of this user's interrupted transfers in a folder. Nothing is removed, and the parts of transfers that
 * may still run are not named. Errors of the system mean that there are no leftovers.
 */
export async function findLeftovers(folder: HeldFolder): Promise<Leftover[]> {
  const names = await folder
    .at(".")
    .then((here) => readdir(here))
    .catch((): string[] => []);
  const found: Leftover[] = [];
  for (const name of names) {
    const maker = makerOf(name);
    if (maker === undefined || maker === "running") continue;
    const part = await measure(await folder.at(name)).catch(() => undefined);
    if (part === undefined || (process.getuid !== undefined && part.uid !== process.getuid())) continue;
    if (maker === "unknown" && Date.now() - part.touched < UNTOUCHED_MS) continue;
    found.push({ path: await folder.shown(name), bytes: part.bytes });
  }
  return found;
}

/** The size of a file, or of everything in a folder, and the time of the last change. */
async function measure(path: FilePath): Promise<{ uid: number; touched: number; bytes: number }> {
  const root = await lstat(path);
  let touched = root.mtimeMs;
  let bytes = root.isDirectory() ? 0 : root.size;
  const entries = root.isDirectory() ? await readdir(path, { recursive: true, encoding: "utf8" }) : [];
  for (const entry of entries.slice(0, MOST_ENTRIES)) {
    const stats = await lstat(join(path.toString(), entry)).catch(() => undefined);
    if (stats === undefined) continue;
    touched = Math.max(touched, stats.mtimeMs);
    if (stats.isFile()) bytes += stats.size;
  }
  return { uid: root.uid, touched, bytes };
}
