/**
 * The last step of storing: complete data gets its name. If the name is taken or cannot be given, the data gets another
 * one, because it has travelled and is good.
 */
import { chmod, link, lstat, mkdir, open, rename, rmdir, unlink } from "node:fs/promises";
import { codeOf } from "../../base/caught.ts";
import { isUnchanged } from "../files/identity.ts";
import { LocalError } from "../local-error.ts";
import { numberedNames } from "../names/name-rules.ts";
import { thisPlatform } from "../names/safe-name.ts";
import type { NewName } from "./destination.node.ts";
import type { FilePath, HeldFolder } from "./held-folder.node.ts";
import { NEW_FILE } from "./spool.node.ts";
import { trySync } from "./sync.node.ts";

/** A way to give a name. Throws an error with the code EEXIST if the name is taken; then nothing has changed. */
export type WayToName = (to: FilePath) => Promise<void>;

/**
 * Gives a name in a folder: the one that is wanted or, if that is taken, the first free one of `NAME (1)`, `NAME (2)`….
 * Each way is tried until one succeeds. Returns the name that was given.
 * @throws the error of the last way if none succeeds
 */
export async function giveName(
  folder: HeldFolder,
  wanted: string,
  ways: readonly [WayToName, ...WayToName[]],
): Promise<string> {
  let possible = ways;
  let taken: unknown;
  for (const name of numberedNames(wanted, thisPlatform())) {
    for (;;) {
      try {
        await possible[0](await folder.at(name));
        return name;
      } catch (error) {
        const [, next, ...more] = possible;
        if (isTaken(error)) {
          taken = error;
          break;
        }
        if (next === undefined) throw error;
        possible = [next, ...more];
      }
    }
  }
  throw taken;
}

/** Renames a complete file over the one that it replaces, unless that has changed. Returns whether it did. */
export async function replaceFile(from: FilePath, { folder, name, replaces }: NewName): Promise<boolean> {
  try {
    const to = await folder.at(name);
    if (replaces === undefined || !isUnchanged(await lstat(to, { bigint: true }), replaces)) return false;
    await rename(from, to);
    return true;
  } catch {
    return false;
  }
}

/**
 * The ways for a file. A link fails if another file has appeared, where a rename would replace it. On file systems
 * without links, such as exFAT, an empty file reserves the name. If neither works, the file is copied.
 */
export const fileWays = (from: FilePath): readonly [WayToName, ...WayToName[]] => [
  async (to) => {
    await link(from, to);
    // The rest of the private folder is removed later.
    await unlink(from).catch(() => {});
  },
  async (to) => {
    await (await open(to, NEW_FILE, 0o600)).close();
    await rename(from, to).catch((error: unknown) => undo(unlink(to), error));
  },
  (to) => copyFile(from, to),
];

/**
 * The way for a folder. A rename would replace an empty folder, so a new one reserves the name first; creating it fails
 * if anything is there. Windows refuses such a rename anyway.
 */
export const folderWay =
  (from: FilePath): WayToName =>
  async (to) => {
    if (process.platform === "win32") return rename(from, to);
    await mkdir(to, 0o700);
    await renameFolder(from, to).catch((error: unknown) => undo(rmdir(to), error));
  };

const WRITABLE = 0o200;

/** Moving a folder to another parent changes its entry `..`, so the folder has to be writable for this moment. */
async function renameFolder(from: FilePath, to: FilePath): Promise<void> {
  const { mode } = await lstat(from);
  const isReadOnly = (mode & WRITABLE) === 0;
  if (isReadOnly) await chmod(from, mode | WRITABLE).catch(() => {});
  await rename(from, to);
  if (isReadOnly) await chmod(to, mode).catch(() => {});
}

/** Reports a failure after its reservation was taken back. It never counts as a taken name, because the name was free. */
async function undo(undoing: Promise<void>, cause: unknown): Promise<never> {
  await undoing.catch(() => {});
  throw isTaken(cause) ? new LocalError("The reserved name was taken.", "cannot-store", { cause }) : cause;
}

const COPY_BYTES = 1024 * 1024;

async function copyFile(from: FilePath, to: FilePath): Promise<void> {
  await using source = await open(from, "r");
  const target = await open(to, NEW_FILE, 0o666);
  try {
    const buffer = new Uint8Array(COPY_BYTES);
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      for (let done = 0; done < bytesRead; ) done += (await target.write(buffer, done, bytesRead - done)).bytesWritten;
    }
    await trySync(target);
    await target.close();
  } catch (error) {
    await target.close().catch(() => {});
    await undo(unlink(to), error);
  }
}

/** Whether an error says that something has this name already. */
export const isTaken = (error: unknown): boolean => ["EEXIST", "ENOTEMPTY"].includes(codeOf(error) ?? "");
