/** Errors of storing what was received. */
import { codeOf } from "../../base/caught.ts";
import { printable } from "../../base/printable.ts";
import { WormholeError } from "../../errors.ts";
import { systemReason } from "../files/system-reason.ts";
import { LocalError } from "../local-error.ts";

/**
 * Turns an error of the system into a {@link LocalError} that names the final path. Other errors are returned
 * unchanged.
 */
export function storageError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof WormholeError || code === undefined) return error;
  const shown = printable(path);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LocalError(`There is no space left to store '${shown}'.`, "no-space", { cause: error });
  }
  const message = `'${shown}' cannot be stored: ${systemReason(error)}.`;
  return new LocalError(message, "cannot-store", { cause: error });
}
