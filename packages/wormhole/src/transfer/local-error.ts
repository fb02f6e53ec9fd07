/** Failures on this side: their classes, and the phrases by which the peer is informed of them. */
import { TransferError, type TransferErrorCode, TransitError, UnsendableFileError } from "../errors.ts";

/** The classes of failure that a peer learns: those of a {@link TransferError}, and the one of a {@link TransitError}. */
export type FailureClass = TransferErrorCode | "transit";

/**
 * The phrase that the peer gets for each class of failure. It has no path and no other fact about this computer. A peer of
 * this project recognises the class by the phrase; every other program shows it to its user. Changing a phrase breaks older
 * versions.
 */
export const PEER_PHRASES: { readonly [C in FailureClass]: string } = {
  transfer: "transfer failed on the other side",
  cancelled: "transfer cancelled",
  "cannot-store": "the receiver cannot store it",
  damaged: "the data arrived damaged",
  "name-refused": "the receiver refused the name",
  "no-space": "receiver disk full",
  rejected: "transfer rejected",
  "source-changed": "the sender could not read what it offered",
  stalled: "nothing has moved for too long",
  transit: "the two computers could not be connected, or their connection was lost",
  undecided: "the receiver's program did not answer the offer",
  "verifier-rejected": "the other side rejected the verifier",
  "wrong-role": "both sides do the same: one has to send, the other to receive",
};

/**
 * A failure on this side. The peer gets only {@link peerMessage}, which has no path and no fact about this computer beyond
 * what was given for it.
 */
export class LocalError extends TransferError {
  readonly peerMessage: string;

  /**
   * `peerMessage` defaults to the phrase of the class. Other words follow the phrase, so that the peer learns the class as
   * well.
   */
  constructor(message: string, code: TransferErrorCode, options?: ErrorOptions & { peerMessage?: string }) {
    super(message, { ...options, code });
    const own = options?.peerMessage;
    if (own === undefined) this.peerMessage = PEER_PHRASES[code];
    else this.peerMessage = classOf(own) === code ? own : `${PEER_PHRASES[code]}: ${own}`;
  }
}

/** The failure of a receiver to which more was sent than the offer had announced. */
export const moreThanAnnounced = (cause?: unknown): LocalError =>
  new LocalError("The other side sent more than it announced.", "damaged", { cause });

/** The meaning of a peer's `error` message: its class, and words of the peer that explain it. */
export interface Interpretation {
  readonly code: FailureClass;
  /** Untrusted. */
  readonly detail?: string;
}

/** Finds the class of failure in the text of a peer's `error` message. A text without a known phrase is kept as the detail. */
export function interpret(text: string): Interpretation {
  // The wording of the Python program.
  if (text.endsWith("rejected verification check, abandoned transfer")) return { code: "verifier-rejected" };
  for (const [code, phrase] of Object.entries(PEER_PHRASES)) {
    if (!isFailureClass(code) || !text.startsWith(phrase)) continue;
    if (text === phrase) return { code };
    if (text.startsWith(": ", phrase.length)) return { code, detail: text.slice(phrase.length + 2) };
  }
  return { code: "transfer", detail: text };
}

/** The class of failure that the peer's text stands for. `transfer` for every unknown text. */
export function classOf(text: string): FailureClass {
  return interpret(text).code;
}

const isFailureClass = (code: string): code is FailureClass => Object.hasOwn(PEER_PHRASES, code);

/** The text of the `error` message that informs the peer of an error on this side. */
export function peerMessageOf(error: unknown): string {
  if (error instanceof LocalError) return error.peerMessage;
  if (error instanceof UnsendableFileError) return PEER_PHRASES["source-changed"];
  if (error instanceof TransferError) return PEER_PHRASES[error.code];
  if (error instanceof TransitError) return PEER_PHRASES.transit;
  if (error instanceof DOMException && error.name === "AbortError") return PEER_PHRASES.cancelled;
  return PEER_PHRASES.transfer;
}
