/** From whatever ended the program to what a person is told of it. */
import { printable, WormholeError } from "@wormhole-ts/wormhole";
import { Interrupted } from "./terminal/signals.ts";
import { UsageError } from "./usage-error.ts";

const FAILED = 1;
const USAGE = 2;

/** How the program ends: the exit code, and a sentence unless the person who ended it knows why. */
export interface Verdict {
  readonly exitCode: number;
  readonly sentence?: string;
}

/** What the operating system says, for people. Other codes are shown as the system words them. */
const SYSTEM: Readonly<Record<string, string>> = {
  EACCES: "this user has no permission for it",
  EPERM: "this user has no permission for it",
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "it exists already",
  ENOSPC: "there is no space left on the disk",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EFBIG: "the file system takes no file of this size",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  EIO: "the disk reports a fault",
  ENAMETOOLONG: "its name is too long",
  ELOOP: "its links lead in a circle",
};

/** Judges what ended the program. */
export function verdict(error: unknown): Verdict {
  // Streams wrap the reason of an abort.
  const reason = error instanceof Error && error.cause instanceof Interrupted ? error.cause : error;
  if (reason instanceof Interrupted) return { exitCode: reason.exitCode };
  if (error instanceof UsageError) return { exitCode: USAGE, sentence: error.message };
  return { exitCode: FAILED, sentence: explain(error) };
}

/**
 * One plain sentence for what can be expected to happen. What should not have happened is a fault of this program, and
 * comes with all that helps to find it.
 */
export function explain(error: unknown): string {
  if (error instanceof WormholeError) return error.message;
  if (isSystemError(error)) return explainSystem(error);
  if (isServerError(error)) return error.message;
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `This is a fault of the program, please report it:\n${printable(details, { multiline: true })}`;
}

function explainSystem(error: NodeJS.ErrnoException): string {
  const what = error.path === undefined ? "" : `${printable(error.path)}: `;
  return `${what}${SYSTEM[error.code ?? ""] ?? printable(error.message)}.`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "errno" in error && "code" in error && typeof error.code === "string";
}

/** The errors of the two servers are sentences, too. Their classes would load the servers, so their names must do. */
function isServerError(error: unknown): error is Error {
  return error instanceof Error && (error.name === "MailboxServerError" || error.name === "ListenError");
}
