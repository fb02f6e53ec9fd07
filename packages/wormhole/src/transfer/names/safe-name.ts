/** Names of files from a peer, made safe to create. Every name that a peer chooses passes through here. */
import { printable } from "../../base/printable.ts";
import { TransferError } from "../../errors.ts";
import { keepName, type NamePlatform } from "./name-rules.ts";

/** A component of a path that is safe to create in a folder. Only {@link safeName} and {@link storableName} make one. */
export type SafeName = string & { readonly [safeNameBrand]: true };
declare const safeNameBrand: unique symbol;

/** The name under which an offered file or folder can be stored. */
export interface StorableName {
  /** Bytes that are not UTF-8 are lone surrogates in it, as in `name-bytes.ts`. */
  readonly name: SafeName;
  /** Why it is not the offered name, as in "it is longer than 255 bytes". Missing if it is the offered name. */
  readonly reason?: string;
}

/** The system whose rules for names hold here. */
export function thisPlatform(): NamePlatform {
  const platform: unknown = Reflect.get(Object(Reflect.get(globalThis, "process")), "platform");
  return platform === "win32" ? "windows" : platform === "darwin" ? "darwin" : "posix";
}

/**
 * Finds the name under which something of an untrusted name can be stored in a chosen folder. Every name that the system
 * allows stays as it is. Of a name with `/`, the last component is used, as the Python program does.
 * @throws {TransferError} with the code `name-refused` if no name remains: it is empty, `.` or `..`
 *
 * @example
 * const { name, reason } = storableName("aux.c", "windows"); // "aux_.c", and a reason to show
 */
export function storableName(untrusted: string, platform: NamePlatform = thisPlatform()): StorableName {
  const last = untrusted.split("/").findLast((part) => part !== "") ?? "";
  if (last === "" || last === "." || last === "..") refuseName(untrusted);
  const { name, reason } = keepName(last, platform);
  const why = last === untrusted ? reason : "only its last component is used";
  return { name: name as SafeName, ...(why !== undefined && { reason: why }) };
}

function refuseName(untrusted: string): never {
  const shown = printable(untrusted, { width: 80 });
  const message = `The name '${shown}' was refused: it is not the name of a file. Choose a name of your own.`;
  throw new TransferError(message, { code: "name-refused" });
}

/**
 * Turns an untrusted file name into the name of something in a chosen folder.
 *
 * A name that this system allows stays as it is, so it may still look like another one: show it in `printable` form. If the
 * name contains `/`, its last component is used. Whatever the system cannot keep is replaced by `_` or cut off. Compare
 * the result with the given name, and tell the person if they differ.
 *
 * The result is well-formed Unicode, so every function that creates files can take it.
 *
 * @throws {TransferError} with the code `name-refused` if the name is empty, `.` or `..`
 *
 * @example
 * const name = safeName("../../etc/passwd"); // "passwd"
 */
export function safeName(untrusted: string): SafeName {
  const { name } = storableName(untrusted);
  return name.replace(/[\ud800-\udfff]/gu, "_") as SafeName;
}
