/** The place that the options name. It is found and held when a transfer starts, before a code is used. */
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { WormholeError } from "../../errors.ts";
import type { ReceiveOptions } from "../api.ts";
import { systemReason } from "../files/system-reason.ts";
import { LocalError } from "../local-error.ts";
import { encodeName } from "../names/name-bytes.node.ts";
import { HeldFolder } from "./held-folder.node.ts";
import { findStream, type StreamOutput } from "./stream-output.node.ts";

/** Where an offer will be stored. What it is is decided once, and holds although other things may appear at its path. */
export type Place =
  /** In this folder, under the name that the sender gave. */
  | { readonly kind: "folder"; readonly folder: HeldFolder }
  /** Under exactly this name in this folder. */
  | { readonly kind: "path"; readonly folder: HeldFolder; readonly name: string }
  /** No file: the bytes are written to a pipe, a device or a descriptor. */
  | { readonly kind: "stream"; readonly output: StreamOutput }
  /** Nowhere yet: the current folder cannot be used, and another place has to be chosen. A text needs none. */
  | { readonly kind: "none"; readonly problem: LocalError };

/**
 * Finds the place that `output`, or else `directory`, names. The caller closes it with {@link closePlace}.
 * @throws {LocalError} if nothing can be stored there
 */
export async function openPlace({
  directory = ".",
  output,
}: Pick<ReceiveOptions, "directory" | "output">): Promise<Place> {
  if (output === undefined) return { kind: "folder", folder: await openFolder(directory) };
  const path = isAbsolute(output) ? output : join(directory, output);
  const stream = await findStream(path);
  if (stream !== undefined) return { kind: "stream", output: stream };
  if (await isFolder(path)) return { kind: "folder", folder: await openFolder(path) };
  if (/[/\\]$/.test(output)) {
    const advice = "Create it, or leave out the separator at the end.";
    throw new LocalError(`There is no folder '${printable(output)}'. ${advice}`, "cannot-store");
  }
  return { kind: "path", folder: await openFolder(dirname(path)), name: basename(path) };
}

/**
 * Finds the first place of a transfer. If the options name none and the current folder cannot be used, a text can still
 * arrive, so this is a problem of the question for a file.
 * @throws {LocalError} if nothing can be stored where the options say
 */
export async function firstPlace(options: Pick<ReceiveOptions, "directory" | "output">): Promise<Place> {
  try {
    return await openPlace(options);
  } catch (error) {
    const isNamed = options.directory !== undefined || options.output !== undefined;
    if (isNamed || !(error instanceof LocalError)) throw error;
    return { kind: "none", problem: error };
  }
}

/** Closes a place. Never throws. */
export async function closePlace(place: Place): Promise<void> {
  if ("folder" in place) await place.folder.close();
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(encodeName(path)).catch(() => undefined);
  return stats?.isDirectory() ?? false;
}

async function openFolder(path: string): Promise<HeldFolder> {
  const folder = await HeldFolder.open(encodeName(path)).catch((error: unknown) => {
    throw isMissing(error)
      ? new LocalError(`There is no folder '${shown(path)}'.`, "cannot-store")
      : unusable(path, error);
  });
  try {
    await folder.requireWritable();
    return folder;
  } catch (error) {
    await folder.close();
    throw error instanceof WormholeError ? error : unusable(path, error);
  }
}

const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(codeOf(error) ?? "");

const unusable = (path: string, error: unknown): LocalError =>
  new LocalError(`Nothing can be stored in the folder '${shown(path)}': ${systemReason(error)}.`, "cannot-store", {
    cause: error,
  });

/** A relative path says little, unless the current folder was deleted. */
function shown(path: string): string {
  try {
    return printable(resolve(path));
  } catch {
    return printable(path);
  }
}
