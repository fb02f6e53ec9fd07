/** The error that the mailbox server throws. */
import { ListenError } from "../../internal/src/listen.ts";
import { StartError } from "../../internal/src/start-error.ts";

/** Why a mailbox server could not start. */
export type MailboxServerFailure = "address-in-use" | "cannot-listen" | "database" | "node-too-old";

/** A mailbox server could not start. The message is a sentence for the operator. */
export class MailboxServerError extends StartError {
  override readonly name = "MailboxServerError";
  /** For programs: stays the same when the message is reworded. */
  readonly code: MailboxServerFailure;

  constructor(code: MailboxServerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Returns the server's own error if the port could not be opened, and any other error as it is. */
export function asMailboxServerError(error: unknown): unknown {
  if (!(error instanceof ListenError)) return error;
  const code = error.code === "port-taken" ? "address-in-use" : "cannot-listen";
  return new MailboxServerError(code, error.message, { cause: error.cause });
}
