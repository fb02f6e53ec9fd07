/** Folders that are held open: what is created in one goes into this very folder, even if its path leads elsewhere later. */
import { type BigIntStats, constants } from "node:fs";
import { access, type FileHandle, lstat, open, readlink, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { type FileIdentity, isSame } from "../files/identity.ts";
import { LocalError } from "../local-error.ts";
import { decodeName, encodeName } from "../names/name-bytes.node.ts";

/** Linux's flag for a handle that only names a folder, so that the folder need not be readable. Node has no constant. */
const O_PATH = 0o10000000;

/** The path of something in a folder, in the form that the functions of `node:fs` need. */
export type FilePath = string | Buffer;

/**
 * A folder that was opened once. On Linux, everything in it is reached through its handle. Elsewhere, and where a
 * runtime forbids that, its path is compared with the folder's identity before each use.
 */
export class HeldFolder {
  readonly #path: string;
  readonly #identity: FileIdentity<bigint>;
  readonly #handle: FileHandle | undefined;
  /** The path that leads through the handle. */
  readonly #through: string | undefined;
  #closed = false;

  private constructor(path: string, identity: FileIdentity<bigint>, handle?: FileHandle, through?: string) {
    this.#path = path;
    this.#identity = identity;
    this.#handle = handle;
    this.#through = through;
  }

  /**
   * Opens a folder. If `followLink` is false, the last component must not be a link.
   * @throws the system's error if there is no such folder
   */
  static async open(path: FilePath, { followLink = true } = {}): Promise<HeldFolder> {
    const flags = O_PATH | (constants.O_DIRECTORY ?? 0) | (followLink ? 0 : (constants.O_NOFOLLOW ?? 0));
    const handle = canHold() ? await open(path, flags).catch(unlessUnsupported) : undefined;
    try {
      const through = handle && (await wayThrough(handle));
      if (through !== undefined) {
        const identity = await stat(through, { bigint: true });
        return new HeldFolder(await nameOf(through, identity, path), identity, handle, through);
      }
    } catch (error) {
      await handle?.close();
      throw error;
    }
    await handle?.close();
    const fixed = typeof path === "string" ? resolve(path) : decodeName(path);
    const look = followLink ? stat : lstat;
    const identity = await look(encodeName(fixed), { bigint: true });
    if (!identity.isDirectory()) throw Object.assign(new Error("ENOTDIR: not a folder"), { code: "ENOTDIR" });
    return new HeldFolder(fixed, identity);
  }

  /**
   * The path of `name` in this folder, for one call of `node:fs`.
   * @throws {LocalError} if the folder's path leads to another folder now, and the folder cannot be reached by its handle
   */
  async at(name: string): Promise<FilePath> {
    // The number of a closed handle may belong to another folder.
    if (this.#closed) throw new LocalError("The folder is no longer held.", "cannot-store");
    if (this.#through !== undefined) return encodeName(`${this.#through}/${name}`);
    const now = await stat(encodeName(this.#path), { bigint: true }).catch(() => undefined);
    if (now === undefined || !isSame(now, this.#identity)) {
      throw new LocalError(`The folder '${printable(this.#path)}' was moved or replaced.`, "cannot-store");
    }
    return encodeName(`${this.#path}/${name}`);
  }

  /** The path of `name` in this folder, for people. It is the true one at this moment if the system tells it. */
  async shown(name: string): Promise<string> {
    const through = this.#closed ? undefined : this.#through;
    return join(through === undefined ? this.#path : await nameOf(through, this.#identity, this.#path), name);
  }

  /** Checks that this user can create files in the folder. @throws the system's error, or a {@link LocalError} */
  async requireWritable(): Promise<void> {
    const here = await this.at(".");
    const { nlink } = await stat(here, { bigint: true });
    if (nlink === 0n) throw new LocalError(`The folder '${printable(this.#path)}' was deleted.`, "cannot-store");
    await access(here, constants.W_OK | constants.X_OK);
  }

  /** Waits until the disk has the names in this folder, if the system can do that. Never throws. */
  async syncNames(): Promise<void> {
    const handle = await this.at(".")
      .then((here) => open(here, "r"))
      .catch(() => undefined);
    if (handle === undefined) return;
    // Not `datasync`: ext4 does not count a new name as data. A runtime that lacks `sync` throws at the call.
    await neverThrowing(() => handle.sync());
    await neverThrowing(() => handle.close());
  }

  /** Closes the folder. Never throws. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#handle?.close().catch(() => {});
  }
}

async function neverThrowing(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch {
    // The file is stored, even if the disk cannot say so.
  }
}

/** Node's permission model compares paths as they are written, so it refuses every way through a handle. */
const canHold = (): boolean => process.platform === "linux" && !("permission" in process && process.permission);

/** Errors about the folder itself are thrown; a runtime that does not know the flags has no handle. */
function unlessUnsupported(error: unknown): undefined {
  if (/^E(NOENT|NOTDIR|ACCES|LOOP|NAMETOOLONG|MFILE|NFILE)$/.test(codeOf(error) ?? "")) throw error;
  return undefined;
}

/** The path through a handle, if the system has one and this process may use it. */
async function wayThrough(handle: FileHandle): Promise<string | undefined> {
  const path = `/proc/self/fd/${handle.fd}`;
  const [held, found] = await Promise.all([handle.stat({ bigint: true }), stat(path, { bigint: true })]).catch(
    () => [],
  );
  return held !== undefined && found !== undefined && isSame(held, found) && found.isDirectory() ? path : undefined;
}

/** The path of a held folder by the system's word, if that leads to it. Otherwise the one by which it was opened. */
async function nameOf(through: string, identity: FileIdentity<bigint>, given: FilePath): Promise<string> {
  const path = await readlink(through, { encoding: "buffer" }).catch(() => undefined);
  const found = path && (await stat(path, { bigint: true }).catch((): BigIntStats | undefined => undefined));
  // Some packagers replace `readlink` by one that returns a string in any case.
  if (path !== undefined && found !== undefined && isSame(found, identity)) return decodeName(Buffer.from(path));
  return typeof given === "string" ? given : decodeName(given);
}
