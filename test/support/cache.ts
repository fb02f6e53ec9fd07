/** The folder outside the checkout in which the peers are kept, and the lock that lets one run at a time change it. */
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Everything that is installed lies below this folder; removing it starts afresh. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wormhole-peers");

/** The Rust program compiles for minutes, on a slow machine for many. */
const LONGEST_INSTALL_MS = 30 * 60_000;

/**
 * Runs `body` while no other process does. The lock is an exclusive transaction of an SQLite file: the operating system
 * lets go of it when its holder dies, so that a killed run leaves no stale lock behind.
 * @throws {Error} if another run has held the lock for half an hour
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
    console.error(`peers: another run is installing into ${cacheFolder}; waiting for it`);
    lock.exec(`PRAGMA busy_timeout = ${LONGEST_INSTALL_MS}`);
    lock.exec("BEGIN EXCLUSIVE");
  }
}
