import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, rm, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable } from "../../base/printable.ts";
import { LocalError, REJECTED } from "../local-error.ts";
import type { Place } from "./place.node.ts";
import { NEW_FILE, Spool } from "./spool.node.ts";
import { storageError } from "./storage-error.node.ts";

/** Where bytes go until they are complete: beside their place, under a name nobody can foresee. */
export interface Target {
  readonly spool: Spool;
  /** Gives what was received its final name, whole or not at all. @throws {TransferError} */
  publish(): Promise<void>;
  /** Removes everything that has no final name. Never throws. */
  discard(): Promise<void>;
}

const privateName = (path: string): string => join(dirname(path), `.${randomBytes(8).toString("hex")}.wormhole-part`);

/** What a new file or folder of this person may be, at most. */
const allowed = (mode: number): number => mode & ~process.umask();

/** A file is received into a private one beside it. */
export async function fileTarget(place: Place): Promise<Target> {
  const spool = await Spool.create(privateName(place.path), place.path, { lasting: true });
  return {
    spool,
    async publish() {
      await spool.keep(allowed(0o666));
      await (place.replaces ? rename(spool.path, place.path) : publishNew(spool.path, place.path)).catch(
        (error: unknown) => unpublished(place.path, error),
      );
      await keepNames(dirname(place.path));
    },
    async discard() {
      await spool.abandon();
      await unlink(spool.path).catch(() => {});
    },
  };
}

/** Asks the disk to keep a folder's names. Where that cannot be asked, as on Windows, it need not be. */
async function keepNames(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** A link fails where something has appeared meanwhile; a rename would replace it. */
async function publishNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!lacksLinks(error)) throw error;
    // On file systems without links, such as exFAT, an empty file holds the place.
    await (await open(to, NEW_FILE, 0o600)).close();
    return rename(from, to).catch(async (reason: unknown) => {
      await unlink(to).catch(() => {});
      throw reason;
    });
  }
  await unlink(from);
}

const LINKLESS = ["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EMLINK", "EACCES"];
const lacksLinks = (error: unknown): boolean =>
  error instanceof Error && "code" in error && LINKLESS.includes(String(error.code));

/** A folder that is received as an archive: unpacked in private, then moved to its place at once. */
export interface FolderTarget extends Target {
  /** Where the archive is to be unpacked: does not exist yet. */
  readonly tree: string;
}

export async function folderTarget(place: Place): Promise<FolderTarget> {
  const staging = privateName(place.path);
  const tree = join(staging, "tree");
  await mkdir(staging, 0o700).catch((error: unknown) => {
    throw storageError(place.path, error);
  });
  const remove = () => rm(staging, { recursive: true, force: true }).catch(() => {});
  const spool = await Spool.create(join(staging, "zip"), place.path, { lasting: false }).catch(
    async (error: unknown) => {
      await remove();
      throw error;
    },
  );
  const discard = async () => {
    await spool.abandon();
    await remove();
  };
  return {
    spool,
    tree,
    discard,
    async publish() {
      await moveFolder(tree, place.path).catch((error: unknown) => unpublished(place.path, error));
      await discard();
    },
  };
}

/**
 * Where a rename would replace an empty folder, one of our own holds the place: so nothing of anybody else's is
 * replaced. Windows refuses such a rename by itself.
 */
async function moveFolder(from: string, to: string): Promise<void> {
  if (process.platform === "win32") return rename(from, to);
  await mkdir(to, 0o700);
  try {
    await rename(from, to);
  } catch (error) {
    await rmdir(to).catch(() => {});
    throw error;
  }
}

function unpublished(path: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EEXIST" && code !== "ENOTEMPTY") throw storageError(path, error);
  const message = `'${printable(path)}' has appeared during the transfer, and was left alone.`;
  throw new LocalError(message, REJECTED, { cause: error });
}
