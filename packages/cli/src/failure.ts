/** Turns the error that ended the program into an exit code and a message for the user. */
import { printable, WormholeError } from "@wormhole-ts/wormhole";
import { Interrupted } from "./terminal/signals.ts";
import { UsageError } from "./usage-error.ts";

const FAILED = 1;
const USAGE = 2;

/** The end of a failed program: its exit code, and a message unless a signal ended it. */
export interface Failure {
  readonly exitCode: number;
  readonly message?: string;
}

/** The errors of the operating system in words, which are those of the library. Others keep the system's own words. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "it already exists",
  ENOSPC: "there is no space left on the disk",
  EDQUOT: "your disk quota is used up",
  EROFS: "the file system is read-only",
  EFBIG: "the file system cannot hold a file of this size",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk reported an error",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "it is part of a loop of links",
};

/** Returns the exit code and the message for the error that ended the program. */
export function failureOf(error: unknown): Failure {
  // Streams wrap the reason of an abort.
  const reason = error instanceof Error && error.cause instanceof Interrupted ? error.cause : error;
  if (reason instanceof Interrupted) return { exitCode: reason.exitCode };
  if (error instanceof UsageError) return { exitCode: USAGE, message: error.message };
  return { exitCode: FAILED, message: messageOf(error) };
}

/** Returns one plain sentence for an expected error. Any other error is a bug of this program, shown with its stack. */
export function messageOf(error: unknown): string {
  if (error instanceof WormholeError) return error.message;
  if (isSystemError(error)) return systemMessage(error);
  if (isServerError(error)) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a bug in wormhole-ts. Please report it:\n${printable(details, { multiline: true })}`;
}

function systemMessage(error: NodeJS.ErrnoException): string {
  const subject = error.path === undefined ? "" : `${printable(error.path)}: `;
  return `${subject}${SYSTEM[error.code ?? ""] ?? printable(error.message)}.`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error && "code" in error && typeof error.code === "string";
}

/** Compares names, because importing the classes of the two servers would load the servers. */
function isServerError(error: unknown): error is Error {
  return error instanceof Error && (error.name === "MailboxServerError" || error.name === "ListenError");
}
