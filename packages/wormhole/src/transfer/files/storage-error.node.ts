import { printable } from "../../base/printable.ts";
import { LocalError } from "../local-error.ts";
import { systemReason } from "./read-file.node.ts";

/** What the other side hears when the disk is full: it may try something smaller, or another time. */
export const DISK_FULL = "receiver disk full";

/** Turns the system's refusal to store something into an error that says what to do about it. */
export function storageError(path: string, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LocalError(`There is no space left to store '${printable(path)}'.`, DISK_FULL, { cause: error });
  }
  const reason = systemReason(error);
  return new LocalError(`'${printable(path)}' cannot be stored: ${reason}.`, "the receiver cannot store it", {
    cause: error,
  });
}
