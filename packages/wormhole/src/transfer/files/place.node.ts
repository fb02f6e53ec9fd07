import { lstat, stat, statfs } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { printable } from "../../base/printable.ts";
import type { KnownOffer } from "../dialogue/receiving.ts";
import { LocalError, REJECTED } from "../local-error.ts";
import { safeName } from "./safe-name.ts";
import { DISK_FULL } from "./storage-error.node.ts";

/** What is offered as bytes. */
export type ByteOffer = Exclude<KnownOffer, { kind: "text" }>;

export interface PlaceOptions {
  readonly directory?: string | undefined;
  readonly output?: string | undefined;
  readonly overwrite?: boolean | undefined;
}

/** Where an offer is going to lie, with a name that this side has chosen or made safe. */
export interface Place {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
  /** A file is there, and is to be replaced. */
  readonly replaces: boolean;
}

const reject = (message: string): never => {
  throw new LocalError(message, REJECTED);
};
const quote = (path: string): string => `'${printable(path)}'`;

/**
 * Decides where an offer goes, before anybody is asked and before anything is written: `output` itself, or under its
 * own name in the folder that `output` or `directory` names.
 * @throws {TransferError} if the name is unsafe, something is there already, the folder is missing or the disk too small
 */
export async function choosePlace(offer: ByteOffer, options: PlaceOptions): Promise<Place> {
  const path = await choosePath(offer, options);
  const folder = dirname(path);
  if (!(await isFolder(folder))) reject(`There is no folder ${quote(folder)}.`);
  const replaces = await replacesFile(path, offer, options.overwrite ?? false);
  await requireSpace(folder, offer);
  return { path, name: basename(path), replaces };
}

async function choosePath(offer: ByteOffer, { directory = ".", output }: PlaceOptions): Promise<string> {
  const untrusted = offer.kind === "file" ? offer.filename : offer.dirname;
  if (output === undefined) return resolve(directory, safeName(untrusted));
  const wanted = resolve(directory, output);
  if (await isFolder(wanted)) return join(wanted, safeName(untrusted));
  if (offer.kind === "file" && /[/\\]$/.test(output)) reject(`There is no folder ${quote(output)}.`);
  return wanted;
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

/** Refuses what is taken, unless a file is to replace a file. A link is replaced itself, not what it leads to. */
async function replacesFile(path: string, offer: ByteOffer, overwrite: boolean): Promise<boolean> {
  const there = await lstat(path).catch(() => undefined);
  if (there === undefined) return false;
  if (offer.kind === "directory") reject(`${quote(path)} exists already: a folder never replaces anything.`);
  if (!overwrite) reject(`${quote(path)} exists already.`);
  const target = there.isSymbolicLink() ? await stat(path).catch(() => undefined) : there;
  if (target !== undefined && !target.isFile()) reject(`${quote(path)} exists already, and is not a file.`);
  return true;
}

/** A folder needs room for its archive and for what is in it. */
async function requireSpace(folder: string, offer: ByteOffer): Promise<void> {
  const needed = offer.kind === "file" ? offer.filesize : offer.zipsize + offer.numbytes;
  const { bavail, bsize, blocks } = await statfs(folder);
  // Some network file systems do not know.
  if (blocks === 0 || bavail * bsize >= needed) return;
  const message = `There is not enough space in ${quote(folder)}: ${needed} bytes are needed, ${bavail * bsize} free.`;
  throw new LocalError(message, DISK_FULL);
}
