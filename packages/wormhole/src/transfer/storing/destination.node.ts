/** The decision where an offer is stored, and the reasons why it cannot be stored as things are. Nothing is written. */
import { lstat, statfs } from "node:fs/promises";
import { basename } from "node:path";
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { sizeText } from "../../base/size-text.ts";
import { TransferError } from "../../errors.ts";
import type { Offer } from "../api.ts";
import { type FileVersion, isUnchanged } from "../files/identity.ts";
import { LocalError } from "../local-error.ts";
import { storableName } from "../names/safe-name.ts";
import type { HeldFolder } from "./held-folder.node.ts";
import type { Place } from "./place.node.ts";
import { storageError } from "./storage-error.node.ts";
import type { StreamOutput } from "./stream-output.node.ts";

/** An offer of a file or a folder, under the name that the sender gave. */
export type ByteOffer = Exclude<Offer, { kind: "text" }>;

/** What the application permits. */
export interface Permissions {
  /** Whether an existing file is replaced. `output`: only a file that `output` itself names. */
  readonly overwrite: boolean | "output";
  /** Whether too little free space is accepted. */
  readonly ignoreSpace: boolean;
}

/** A name in a folder, for a file or a folder. */
export interface NewName {
  readonly folder: HeldFolder;
  readonly name: string;
  /** The path of `name` when it was chosen, for people. Absolute. */
  readonly path: string;
  /** The file at `path` that is to be replaced, as it was when it was decided. */
  readonly replaces: FileVersion | undefined;
}

/** Where an offer is stored. `named` says which side has chosen the name. */
export type Destination =
  | (NewName & { readonly kind: "name"; readonly named: "sender" | "here" })
  | {
      readonly kind: "stream";
      readonly named: "here";
      readonly output: StreamOutput;
      readonly name: string;
      readonly path: string;
    };

/** A decision. Without a `destination`, the offer cannot be stored like this, and there is a `problem`. */
export type Decision = {
  /** Whether the name comes from the sender, and not from this side. */
  readonly named: "sender" | "here";
  /** The name and the path that were considered. Undefined if the sender's name is impossible here. */
  readonly name: string | undefined;
  readonly path: string | undefined;
  /** What was at the path; undefined if nothing was. A later decision permits to replace only this. */
  readonly existing: FileVersion | undefined;
} & (
  | { readonly destination: Destination; readonly problem?: undefined }
  | { readonly destination?: undefined; readonly problem: LocalError }
);

/**
 * Decides where an offer is stored at a place. With `shown`, an earlier decision to which the person agreed, nothing
 * else is replaced than what was at the path then.
 */
export async function decide(
  offer: ByteOffer,
  place: Place,
  permissions: Permissions,
  shown?: Decision,
): Promise<Decision> {
  if (place.kind === "stream") return toStream(offer, place.output);
  const named = place.kind === "path" ? "here" : "sender";
  const facts: Considered = { named, name: undefined, path: undefined, existing: undefined };
  try {
    if (place.kind === "none") {
      facts.name = acceptableName(offer);
      throw place.problem;
    }
    const destination = await consider(offer, place, permissions, facts, shown);
    return { ...facts, destination };
  } catch (error) {
    if (!(error instanceof LocalError)) throw error;
    return { ...facts, problem: error };
  }
}

/** The facts about a destination, as far as they were found out. */
type Considered = { -readonly [F in "named" | "name" | "path" | "existing"]: Decision[F] };

async function consider(
  offer: ByteOffer,
  place: Exclude<Place, { kind: "stream" | "none" }>,
  permissions: Permissions,
  facts: Considered,
  shown?: Decision,
): Promise<Destination> {
  const { folder } = place;
  const name = place.kind === "path" ? place.name : acceptableName(offer);
  facts.name = name;
  const path = await folder.shown(name);
  facts.path = path;
  const existing = await look(folder, name, path);
  facts.existing = existing;
  if (existing !== undefined) requireReplaceable(existing, path, offer, permissionFor(place, permissions));
  if (shown !== undefined) requireSame(shown.existing, existing, path);
  if (!permissions.ignoreSpace) await requireSpace(folder, offer, path);
  return { kind: "name", named: facts.named, folder, name, path, replaces: existing };
}

/** The permission `output` is for the path that this side named, never for another file in a folder. */
function permissionFor(place: Place, { overwrite }: Permissions): boolean | "output" {
  return overwrite === "output" && place.kind !== "path" ? false : overwrite;
}

function toStream(offer: ByteOffer, output: StreamOutput): Decision {
  const { path } = output;
  const name = basename(path);
  const facts = { named: "here", name, path, existing: undefined } as const;
  if (offer.kind === "file") return { ...facts, destination: { kind: "stream", named: "here", output, name, path } };
  const message = `'${printable(path)}' is not a folder, so a folder cannot be stored there. Choose another path.`;
  return { ...facts, problem: new LocalError(message, "cannot-store") };
}

function acceptableName(offer: ByteOffer): string {
  try {
    return storableName(offer.name).name;
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    throw new LocalError(error.message, "name-refused", { cause: error });
  }
}

/** Looks at what has the name now. The file system may also say that it cannot have this name. */
async function look(folder: HeldFolder, name: string, path: string) {
  try {
    return await lstat(await folder.at(name), { bigint: true });
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    if (code !== "ENAMETOOLONG" && code !== "EINVAL" && code !== "EILSEQ") throw storageError(path, error);
    const message = `The folder cannot hold the name '${printable(name, { width: 80 })}'. Choose another name.`;
    throw new LocalError(message, "name-refused", { cause: error });
  }
}

/** Refuses a path that is taken, unless a file is to replace a file. A link is replaced itself, not its target. */
function requireReplaceable(
  existing: { isFile(): boolean; isSymbolicLink(): boolean },
  path: string,
  offer: ByteOffer,
  overwrite: boolean | "output",
): void {
  const taken = `'${printable(path)}' already exists`;
  const refuse = (message: string) => {
    throw new LocalError(message, "cannot-store");
  };
  if (offer.kind === "directory") refuse(`${taken}. A received folder never replaces anything: choose another name.`);
  if (!existing.isFile() && !existing.isSymbolicLink()) refuse(`${taken} and is not a file: choose another name.`);
  if (overwrite === false) refuse(`${taken}. Choose another name, or allow to replace it.`);
  if (overwrite === "output" && existing.isSymbolicLink()) {
    refuse(`${taken} and is a link. Choose another name, or allow to replace the link.`);
  }
}

/** Permission to replace something belongs to what the person was asked about. */
function requireSame(shown: FileVersion | undefined, now: FileVersion | undefined, path: string): void {
  if (now === undefined || (shown !== undefined && isUnchanged(shown, now))) return;
  const message = `'${printable(path)}' has appeared or changed since the question. Choose again.`;
  throw new LocalError(message, "cannot-store");
}

/** A folder needs space for its archive and for its contents. If the free space is unknown, the offer is accepted. */
async function requireSpace(folder: HeldFolder, offer: ByteOffer, path: string): Promise<void> {
  const needed = offer.kind === "file" ? offer.size : offer.size + offer.unpackedSize;
  const free = await freeSpace(folder);
  if (free === undefined || free >= needed) return;
  const twice = " A folder needs space twice: for what arrives, and for the files that are unpacked from it.";
  throw new LocalError(
    `There is not enough space to store '${printable(path)}': ${sizeText(needed)} are needed, and ${sizeText(free)} are ` +
      `free.${offer.kind === "directory" ? twice : ""}`,
    "no-space",
  );
}

/** Free bytes for this user. Undefined if the system does not tell them. */
async function freeSpace(folder: HeldFolder): Promise<number | undefined> {
  try {
    const { bavail, bsize, blocks } = await statfs(await folder.at("."));
    // Some network file systems report no size.
    return blocks > 0 ? bavail * bsize : undefined;
  } catch {
    return undefined;
  }
}
