/** Why a mailbox server could not start. */
export type MailboxServerFailure = "address-in-use" | "cannot-listen" | "database" | "node-too-old";

/** A mailbox server could not start. The message is a plain sentence for the operator. */
export class MailboxServerError extends Error {
  /** Stable, for programs. */
  readonly code: MailboxServerFailure;
  constructor(code: MailboxServerFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MailboxServerError";
    this.code = code;
  }
}
