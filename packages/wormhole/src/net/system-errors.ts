/**
 * Translates the error codes of systems and resolvers into words for people, and into kinds of {@link ConnectionFailure}.
 */
import { codeOf, messageOf } from "../base/caught.ts";
import { printable } from "../base/printable.ts";
import type { ConnectionFailure } from "../errors.ts";

interface Meaning {
  /** The end of a sentence. */
  readonly words?: string;
  /** Why the mailbox server could not be reached. */
  readonly failure?: ConnectionFailure;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: { words: "nothing listens there", failure: "refused" },
  ECONNRESET: { words: "the other end or the network ended it", failure: "closed" },
  EPIPE: { words: "the other end or the network ended it", failure: "closed" },
  ENOTFOUND: { words: "no such host", failure: "unknown-host" },
  EAI_AGAIN: { words: "no such host", failure: "unknown-host" },
  EAI_NODATA: { words: "no such host", failure: "unknown-host" },
  EHOSTUNREACH: { words: "unreachable", failure: "unreachable" },
  ENETUNREACH: { words: "unreachable", failure: "unreachable" },
  EHOSTDOWN: { words: "unreachable", failure: "unreachable" },
  EADDRNOTAVAIL: { words: "unreachable", failure: "unreachable" },
  ETIMEDOUT: { words: "no answer", failure: "timeout" },
  ENOENT: { words: "not there" },
  EACCES: { words: "this user may not use it" },
  EPERM: { words: "this user may not use it" },
  /** The code that Node gives the error of an aborted wait. */
  ABORT_ERR: { words: "no answer" },
  /** The code of this library's own error for a connection that has been closed. */
  "connection-closed": { words: "it was closed" },
  /** The code of `ws` for a message that is longer than the limit. */
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: { failure: "too-large" },
};

/**
 * Why a connection failed, as the end of a sentence. If the code of the error is not listed, its message is used.
 */
export function reasonOf(error: unknown): string {
  return meaningOf(codeOf(error))?.words ?? printable(messageOf(error));
}

/** Why the mailbox server could not be reached; `undefined` if the code does not determine that. */
export function failureOf(code: string): ConnectionFailure | undefined {
  return meaningOf(code)?.failure;
}

function meaningOf(code: string | undefined): Meaning | undefined {
  return code !== undefined && Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}
