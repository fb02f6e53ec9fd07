/** Turns the error that ended the program into an exit code and a message for the user. */
import { KeyFormatError, printable, ServerConnectionError, TransitError, WormholeError } from "@wormhole-ts/wormhole";
import { Declined, Refusal } from "./commands/declined.ts";
import { withFlags } from "./commands/sentences.ts";
import { Interrupted } from "./terminal/signals.ts";
import { whole, withoutArrows } from "./terminal/words.ts";
import { UsageError } from "./usage-error.ts";

/**
 * The exit codes, besides 0 for success. After a signal, it is 128 and the number of the signal. `docs/command.md` lists
 * them.
 */
export const EXIT = {
  /** It failed or was declined, on whichever side. */
  failed: 1,
  /** What was typed or given on the command line is invalid or missing. Nothing was connected, and no code is used up. */
  usage: 2,
} as const;

/** The end of a failed program: its exit code, and a message unless a signal ended it. */
export interface Failure {
  readonly exitCode: number;
  readonly message?: string;
  /** The user wanted it to end, so the message is not shown as an error. */
  readonly isCalm?: true;
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
  EPIPE: "its reader has ended",
};

/** Returns the exit code and the message for the error that ended the program. */
export function failureOf(error: unknown): Failure {
  // Streams wrap the reason of an abort.
  const reason = error instanceof Error && error.cause instanceof Interrupted ? error.cause : error;
  if (reason instanceof Interrupted) return { exitCode: reason.exitCode };
  if (error instanceof Declined) return { exitCode: EXIT.failed, message: error.message, isCalm: true };
  return { exitCode: isUsage(error) ? EXIT.usage : EXIT.failed, message: messageOf(error) };
}

/** Whether something that was typed or given has to be changed. A code or an address of wrong form is such a thing. */
function isUsage(error: unknown): boolean {
  if (error instanceof UsageError || error instanceof KeyFormatError) return true;
  return error instanceof ServerConnectionError && error.failure === "bad-url";
}

/** Returns one plain sentence for an expected error. Any other error is a bug of this program, shown with its stack. */
export function messageOf(error: unknown): string {
  if (error instanceof TransitError) return withoutArrows(error.message);
  if (error instanceof WormholeError) return withFlags(error.message);
  if (error instanceof UsageError || error instanceof Refusal) return error.message;
  if (isSystemError(error)) return systemMessage(error);
  if (isServerError(error)) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a bug in wormhole-ts. Please report it:\n${printable(details, { multiline: true })}`;
}

function systemMessage(error: NodeJS.ErrnoException): string {
  const subject = error.path === undefined ? "" : `${whole(error.path)}: `;
  return `${subject}${reasonOf(error)}.`;
}

/** Why the operating system refused something, without the path: `there is no space left on the disk`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  const known = isSystemError(error) ? SYSTEM[error.code ?? ""] : undefined;
  return known ?? printable(error.message);
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error && "code" in error && typeof error.code === "string";
}

/** Compares names, because importing the classes of the two servers would load the servers. */
function isServerError(error: unknown): error is Error {
  return error instanceof Error && (error.name === "MailboxServerError" || error.name === "ListenError");
}
