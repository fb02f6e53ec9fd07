/** The folder of `wormhole serve --data`: made if it is missing, and removed again if the servers do not start. */
import { mkdir, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { reasonOf } from "../failure.ts";
import { quoted } from "../terminal/words.ts";
import { Refusal } from "./declined.ts";

/** The name of the database in the folder, and the files that SQLite puts beside it. */
const DATABASE = "mailbox.sqlite";
const DATABASE_FILES = [DATABASE, `${DATABASE}-wal`, `${DATABASE}-shm`, `${DATABASE}-journal`];

/** A folder for the data of the servers. */
export interface DataFolder {
  /** The path of the database. */
  readonly database: string;
  /** Removes what was made for this start. A folder that has other files in it stays. */
  undo(): Promise<void>;
}

/**
 * Makes the folder and the missing folders above it, readable by this user only. Each of them is made by itself: Node's
 * recursive way never ends where a folder cannot be made, such as in `/proc`.
 * @throws {Refusal} if it cannot be made, or is not a folder
 */
export async function makeDataFolder(path: string): Promise<DataFolder> {
  if (path === "") throw new Refusal("--data needs a folder, and it is empty. Is a variable of the shell not set?");
  const folder = resolve(path);
  const made: string[] = [];
  const undo = async () => {
    if (made.at(-1) !== folder) return removeFolders(made);
    for (const name of DATABASE_FILES) await unlink(join(folder, name)).catch(() => {});
    await removeFolders(made);
  };
  try {
    for (const missing of await missingFolders(folder)) {
      await mkdir(missing, { mode: 0o700 });
      made.push(missing);
    }
  } catch (cause) {
    await undo();
    throw new Refusal(`Cannot use the folder ${quoted(path)} of --data: ${reasonOf(cause)}.`, { cause });
  }
  return { database: join(folder, DATABASE), undo };
}

/** The folders that are missing on the way, the topmost first. */
async function missingFolders(folder: string): Promise<string[]> {
  const missing: string[] = [];
  for (let path = folder; ; path = dirname(path)) {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" && path !== dirname(path)) return undefined;
      throw error;
    });
    if (found?.isDirectory() === true) return missing.reverse();
    if (found !== undefined) throw Object.assign(new Error("not a folder"), { errno: -20, code: "ENOTDIR" });
    missing.push(path);
  }
}

async function removeFolders(made: readonly string[]): Promise<void> {
  for (const path of made.toReversed()) await rmdir(path).catch(() => {});
}
