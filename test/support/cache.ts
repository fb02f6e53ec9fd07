/** The folder outside the checkout that holds the installed peers, and the lock for changing it. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Holds everything that is installed. To install it again, remove this folder. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wormhole-peers");

/** The Rust program takes minutes to compile, and many on a slow machine. */
const LONGEST_INSTALL_MS = 30 * 60_000;

/**
 * Runs `body` while no other process runs one. The lock is an exclusive transaction of an SQLite file. The operating
 * system releases it when its process ends, so a killed run leaves no stale lock behind.
 *
 * @throws {Error} if another run holds the lock for half an hour
 */
export function alone<T>(body: () => T): T {
  mkdirSync(cacheFolder, { recursive: true });
  const lock = new DatabaseSync(join(cacheFolder, "lock.sqlite"));
  try {
    take(lock);
    return body();
  } finally {
    lock.close();
  }
}

function take(lock: DatabaseSync): void {
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch {
    console.error(`peers: waiting for another run that installs into ${cacheFolder}`);
    lock.exec(`PRAGMA busy_timeout = ${LONGEST_INSTALL_MS}`);
    lock.exec("BEGIN EXCLUSIVE");
  }
}
