/** Failures on this side: their classes, and the phrases by which the peer is informed of them. */
import { TransferError, type TransferErrorCode, UnsendableFileError } from "../errors.ts";

/**
 * The phrase that the peer gets for each class of failure. It has no path and no other fact about this computer. A peer of
 * this project recognises the class by the phrase; every other program shows it to its user. Changing a phrase breaks older
 * versions.
 */
export const PEER_PHRASES: { readonly [C in TransferErrorCode]: string } = {
  transfer: "transfer failed on the other side",
  cancelled: "transfer cancelled",
  "cannot-store": "the receiver cannot store it",
  damaged: "the data arrived damaged",
  "name-refused": "the receiver refused the name",
  "no-space": "receiver disk full",
  rejected: "transfer rejected",
  "source-changed": "the sender could not read what it offered",
  stalled: "nothing has moved for too long",
  undecided: "the receiver's program did not answer the offer",
  "verifier-rejected": "the other side rejected the verifier",
  "wrong-role": "both sides do the same: one has to send, the other to receive",
};

/** A failure on this side. The peer gets only {@link peerMessage}, which has no path and no fact about this computer. */
export class LocalError extends TransferError {
  readonly peerMessage: string;

  /** `peerMessage` defaults to the phrase of the class. */
  constructor(message: string, code: TransferErrorCode, options?: ErrorOptions & { peerMessage?: string }) {
    super(message, { ...options, code });
    this.peerMessage = options?.peerMessage ?? PEER_PHRASES[code];
  }
}

/** The class of failure that the peer's phrase stands for. `transfer` for every other text. */
export function classOf(phrase: string): TransferErrorCode {
  // The wording of the Python program.
  if (phrase.endsWith("rejected verification check, abandoned transfer")) return "verifier-rejected";
  for (const [code, own] of Object.entries(PEER_PHRASES)) {
    if (own === phrase && isTransferErrorCode(code)) return code;
  }
  return "transfer";
}

const isTransferErrorCode = (code: string): code is TransferErrorCode => Object.hasOwn(PEER_PHRASES, code);

/** The text of the `error` message that informs the peer of an error on this side. */
export function peerMessageOf(error: unknown): string {
  if (error instanceof LocalError) return error.peerMessage;
  if (error instanceof UnsendableFileError) return PEER_PHRASES["source-changed"];
  if (error instanceof TransferError) return PEER_PHRASES[error.code];
  if (error instanceof DOMException && error.name === "AbortError") return PEER_PHRASES.cancelled;
  return PEER_PHRASES.transfer;
}
