import { TransferError, UnsendableFileError } from "../errors.ts";

/** A failure on this side of which the other side is told a little: never a path, never what this person has. */
export class LocalTrouble extends TransferError {
  /** For the other side. */
  readonly told: string;
  constructor(message: string, told: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TransferError";
    this.told = told;
  }
}

/** The words that every program uses for a no, whatever its reason. */
export const REJECTED = "transfer rejected";

/** What the other side is told of an error here. */
export function toldPeer(error: unknown): string {
  if (error instanceof LocalTrouble) return error.told;
  if (error instanceof UnsendableFileError) return "the sender could not read what it offered";
  if (error instanceof DOMException && error.name === "AbortError") return "transfer cancelled";
  return "transfer failed on the other side";
}
