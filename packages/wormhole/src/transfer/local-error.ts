/** Failures on this side, and the words in which the peer is informed of them. */
import { TransferError, UnsendableFileError } from "../errors.ts";

/** A failure on this side. The peer gets only {@link peerMessage}, which has no path and no fact about this computer. */
export class LocalError extends TransferError {
  readonly peerMessage: string;

  constructor(message: string, peerMessage: string, options?: ErrorOptions) {
    super(message, options);
    this.peerMessage = peerMessage;
  }
}

/** Sent to the peer for every refusal, whatever its reason. All programs use these words. */
export const REJECTED = "transfer rejected";

/** Sent to the peer when the application cancels the transfer. */
export const CANCELLED = "transfer cancelled";

/** The text of the `error` message that informs the peer of an error on this side. */
export function peerMessageOf(error: unknown): string {
  if (error instanceof LocalError) return error.peerMessage;
  if (error instanceof UnsendableFileError) return "the sender could not read what it offered";
  if (error instanceof DOMException && error.name === "AbortError") return CANCELLED;
  return "transfer failed on the other side";
}
