/** Targets: where received bytes are stored, and how they get their final name only when they are complete. */
import { printable } from "../../base/printable.ts";
import { WormholeError } from "../../errors.ts";
import type { Notice } from "../api.ts";
import { systemReason } from "../files/system-reason.ts";
import { LocalError } from "../local-error.ts";
import type { NewName } from "./destination.node.ts";
import type { FilePath } from "./held-folder.node.ts";
import { fileWays, folderWay, giveName, isTaken, replaceFile } from "./publish.node.ts";
import { Spool } from "./spool.node.ts";
import { removeTree, Staging, type StagingMember } from "./staging.node.ts";
import { storageError } from "./storage-error.node.ts";
import { type StreamOutput, StreamWriter } from "./stream-output.node.ts";

/** What is being received. Until it is complete, it has no final name. */
export interface Target {
  /** Stores a piece, in order. The caller may reuse its memory afterwards. @throws {TransferError} */
  write(piece: Uint8Array): Promise<void>;
  /** Unpacks a folder when all bytes have been written. Does nothing for a file. @throws {TransferError} */
  unpack(): Promise<void>;
  /** Gives the complete file or folder its final name, and returns its path. @throws {TransferError} */
  publish(): Promise<string>;
  /** Removes everything that has no final name yet. Never throws. */
  discard(): Promise<void>;
}

/** Reports something to the application. */
export type Notify = (notice: Notice) => void;

/** Makes the target of a file. @throws {TransferError} if that is impossible */
export async function fileTarget(destination: NewName, notify: Notify): Promise<Target> {
  const { staging, spool } = await stage(destination, "file", { lasting: true });
  return {
    write: (piece) => spool.write(piece),
    unpack: async () => {},
    async publish() {
      // If the folder was replaced, this says so.
      await staging.at("file");
      const confirmed = await spool.finish();
      if (!confirmed) notify({ notice: "not-kept", path: destination.path, what: "sync" });
      const name = await keepComplete(staging, "file", destination, async () => {
        const from = await staging.at("file");
        if (await replaceFile(from, destination)) return destination.name;
        return giveName(destination.folder, destination.name, fileWays(from));
      });
      return published(destination, name, staging, notify);
    },
    async discard() {
      await spool.abandon();
      await staging.remove();
    },
  };
}

/** Unpacks an archive into a folder that does not exist yet. */
export type Unpack = (archive: FilePath, tree: FilePath) => Promise<void>;

/**
 * Makes the target of a folder, which is received as an archive. It is unpacked in a private folder, and then moved in
 * one step. If it cannot be moved, it is unpacked once more, under its name.
 * @throws {TransferError} if it cannot be created
 */
export async function folderTarget(destination: NewName, notify: Notify, unpack: Unpack): Promise<Target> {
  const { staging, spool } = await stage(destination, "zip", { lasting: false });
  return {
    write: (piece) => spool.write(piece),
    async unpack() {
      await spool.finish();
      await unpack(await staging.at("zip"), await staging.at("tree")).catch((error: unknown) => {
        throw storageError(destination.path, error);
      });
    },
    async publish() {
      const [archive, tree] = [await staging.at("zip"), await staging.at("tree")];
      const name = await keepComplete(staging, "tree", destination, () =>
        giveName(destination.folder, destination.name, [folderWay(tree), (to) => unpackAgain(unpack, archive, to)]),
      );
      return published(destination, name, staging, notify);
    },
    async discard() {
      await spool.abandon();
      await staging.remove();
    },
  };
}

/** Makes the target of a pipe, a device or a descriptor. What was written there cannot be taken back. */
export async function streamTarget(output: StreamOutput, signal: AbortSignal): Promise<Target> {
  const writer = await StreamWriter.open(output, signal);
  return {
    write: (piece) => writer.write(piece),
    unpack: async () => {},
    async publish() {
      await writer.finish();
      return output.path;
    },
    discard: () => writer.close(),
  };
}

async function stage({ folder, path }: NewName, member: StagingMember, options: { lasting: boolean }) {
  const staging = await Staging.create(folder).catch((error: unknown) => {
    throw storageError(path, error);
  });
  try {
    return { staging, spool: await Spool.create(await staging.at(member), path, options) };
  } catch (error) {
    await staging.remove();
    throw error;
  }
}

/** Names what is complete. If that fails in every way, it stays in the private folder, and the error says where. */
async function keepComplete(
  staging: Staging,
  member: StagingMember,
  { path }: NewName,
  name: () => Promise<string>,
): Promise<string> {
  try {
    return await name();
  } catch (error) {
    if (!(await staging.has(member))) throw storageError(path, error);
    const kept = await staging.shown(member);
    staging.keep();
    const reason = error instanceof WormholeError ? error.message : `${systemReason(error)}.`;
    const message = `Everything has arrived, but '${printable(path)}' cannot be created: ${reason} It was kept at '${printable(kept)}'.`;
    throw new LocalError(message, "cannot-store", { cause: error });
  }
}

async function published(destination: NewName, name: string, staging: Staging, notify: Notify): Promise<string> {
  await destination.folder.syncNames();
  await staging.remove();
  if (name !== destination.name) notify({ notice: "renamed", path: destination.name, storedAs: name });
  return destination.folder.shown(name);
}

async function unpackAgain(unpack: Unpack, archive: FilePath, to: FilePath): Promise<void> {
  try {
    await unpack(archive, to);
  } catch (error) {
    // A folder that was there before is not ours.
    if (!isTaken(error)) await removeTree(to).catch(() => {});
    throw error;
  }
}
