/** Targets: where received bytes are stored, and how they get their final name only when they are complete. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, rename, rm, rmdir, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { printable } from "../../base/printable.ts";
import { LocalError } from "../local-error.ts";
import type { Destination } from "./destination.node.ts";
import { NEW_FILE, Spool } from "./spool.node.ts";
import { storageError } from "./storage-error.node.ts";

/** A file or folder that is being received. Until it is complete, it has a random name beside its destination. */
export interface Target {
  readonly spool: Spool;
  /** Gives the complete file or folder its final name, in one step. @throws {TransferError} */
  publish(): Promise<void>;
  /** Removes everything that has no final name yet. Never throws. */
  discard(): Promise<void>;
}

const privateName = (path: string): string => join(dirname(path), `.${randomBytes(8).toString("hex")}.wormhole-part`);

/** Removes the permissions that the umask denies to new files. */
const allowed = (mode: number): number => mode & ~process.umask();

/** Makes the target of a file: a private file beside its destination. @throws {TransferError} if that is impossible */
export async function fileTarget({ path, replaces }: Destination): Promise<Target> {
  const spool = await Spool.create(privateName(path), path, { lasting: true });
  return {
    spool,
    async publish() {
      await spool.keep(allowed(0o666));
      const renamed = replaces ? rename(spool.path, path) : publishNew(spool.path, path);
      await renamed.catch((error: unknown) => cannotPublish(path, error));
      await syncFolder(dirname(path));
    },
    async discard() {
      await spool.abandon();
      await unlink(spool.path).catch(() => {});
    },
  };
}

/** Syncs the names in a folder to the disk. On Windows a folder cannot be opened, and need not be synced. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => {});
  await handle?.close();
}

/** Gives a file its name by a link. If another file has appeared there, a link fails; a rename would replace it. */
async function publishNew(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!lacksLinks(error)) throw error;
    // On file systems without links, such as exFAT, an empty file reserves the name.
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

/** A folder that is received as an archive. It is unpacked in a private folder, and then moved in one step. */
export interface FolderTarget extends Target {
  /** The folder to unpack the archive into. It does not exist yet. */
  readonly tree: string;
}

/** Makes the target of a folder. @throws {TransferError} if it cannot be created */
export async function folderTarget({ path }: Destination): Promise<FolderTarget> {
  const staging = privateName(path);
  const tree = join(staging, "tree");
  await mkdir(staging, 0o700).catch((error: unknown) => {
    throw storageError(path, error);
  });
  const remove = () => rm(staging, { recursive: true, force: true }).catch(() => {});
  const spool = await Spool.create(join(staging, "zip"), path, { lasting: false }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const discard = async () => {
    await spool.abandon();
    await remove();
  };
  return {
    spool,
    tree,
    discard,
    async publish() {
      await moveFolder(tree, path).catch((error: unknown) => cannotPublish(path, error));
      await discard();
    },
  };
}

/**
 * Moves a folder to a name that must be free. A rename would replace an empty folder, so a new one reserves the name
 * first; creating it fails if anything is there. Windows refuses such a rename anyway.
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

function cannotPublish(path: string, error: unknown): never {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EEXIST" && code !== "ENOTEMPTY") throw storageError(path, error);
  const message = `'${printable(path)}' appeared during the transfer, and was not replaced.`;
  throw new LocalError(message, "cannot-store", { cause: error });
}
