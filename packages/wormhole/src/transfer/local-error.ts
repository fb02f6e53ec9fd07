import { TransferError, UnsendableFileError } from "../errors.ts";

/** A failure on this side. The peer learns only {@link peerMessage}: never a path, nor anything about this computer. */
export class LocalError extends TransferError {
  readonly peerMessage: string;

  constructor(message: string, peerMessage: string, options?: ErrorOptions) {
    super(message, options);
    this.peerMessage = peerMessage;
  }
}

/** The words that every program uses for a refusal, whatever its reason. */
export const REJECTED = "transfer rejected";

/** What the peer is told of an error on this side. */
export function peerMessageOf(error: unknown): string {
  if (error instanceof LocalError) return error.peerMessage;
  if (error instanceof UnsendableFileError) return "the sender could not read what it offered";
  if (error instanceof DOMException && error.name === "AbortError") return "transfer cancelled";
  return "transfer failed on the other side";
}
