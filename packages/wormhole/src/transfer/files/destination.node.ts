/** The choice of the path for a received file or folder, before the person is asked and before anything is written. */
import { lstat, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { printable } from "../../base/printable.ts";
import type { Offer, ReceiveOptions } from "../api.ts";
import { LocalError } from "../local-error.ts";
import { safeName } from "./safe-name.ts";

/** An offer of a file or a folder, under the name that the sender gave. */
export type ByteOffer = Exclude<Offer, { kind: "text" }>;

/** The options that determine the destination. */
export type DestinationOptions = Pick<ReceiveOptions, "directory" | "output" | "overwrite">;

/** The place to store an offer, under a name that this side has chosen or made safe. */
export interface Destination {
  /** Absolute. */
  readonly path: string;
  /** The last component of `path`. */
  readonly name: string;
  /** Whether there is a file at `path`, which is to be replaced. */
  readonly replaces: boolean;
}

const reject = (message: string): never => {
  throw new LocalError(message, "cannot-store");
};
const quote = (path: string): string => `'${printable(path)}'`;

/**
 * Chooses the destination of an offer: the path `output`, or a path below the folder that `output` or `directory`
 * names, under the name that the sender gave.
 * @throws {TransferError} if the name is unsafe, the path is taken, the folder is missing, or the disk has too little
 *   space
 */
export async function chooseDestination(offer: ByteOffer, options: DestinationOptions): Promise<Destination> {
  const path = await choosePath(offer, options);
  const folder = dirname(path);
  if (!(await isFolder(folder))) reject(`There is no folder ${quote(folder)}.`);
  const replaces = await replacesFile(path, offer, options.overwrite ?? false);
  await requireSpace(folder, offer);
  return { path, name: basename(path), replaces };
}

async function choosePath(offer: ByteOffer, { directory = ".", output }: DestinationOptions): Promise<string> {
  if (output === undefined) return resolve(directory, safeName(offer.name));
  const chosen = resolve(directory, output);
  if (await isFolder(chosen)) return join(chosen, safeName(offer.name));
  if (offer.kind === "file" && /[/\\]$/.test(output)) reject(`There is no folder ${quote(output)}.`);
  return chosen;
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

/** Refuses a path that is taken, unless a file is to replace a file. A link is replaced itself, not its target. */
async function replacesFile(path: string, offer: ByteOffer, overwrite: boolean): Promise<boolean> {
  const existing = await lstat(path).catch(() => undefined);
  if (existing === undefined) return false;
  if (offer.kind === "directory") reject(`${quote(path)} already exists. A received folder never replaces anything.`);
  if (!overwrite) reject(`${quote(path)} already exists.`);
  const target = existing.isSymbolicLink() ? await stat(path).catch(() => undefined) : existing;
  if (target !== undefined && !target.isFile()) reject(`${quote(path)} already exists and is not a file.`);
  return true;
}

/** A folder needs space for its archive and for its contents. */
async function requireSpace(folder: string, offer: ByteOffer): Promise<void> {
  const needed = offer.kind === "file" ? offer.size : offer.size + offer.unpackedSize;
  const { bavail, bsize, blocks } = await statfs(folder);
  // Some network file systems report no size.
  if (blocks === 0 || bavail * bsize >= needed) return;
  const message = `There is not enough space in ${quote(folder)}: ${needed} bytes are needed, ${bavail * bsize} free.`;
  throw new LocalError(message, "no-space");
}
