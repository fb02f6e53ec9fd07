/** Sources: what is sent as bytes. Each is opened and measured before there is a code. */
import type { JsonObject } from "../base/json.ts";
import type { TransferEvent } from "./api.ts";
import type { KnownOffer } from "./dialogue/messages.ts";

/** Bytes read at once. Pieces of this size are encrypted and sent fastest. */
export const PIECE_BYTES = 256 * 1024;

/** A file, a folder or a stream that can be sent. It holds what it needs open until it is closed. */
export interface Source {
  /** What is offered to a peer with these versions. */
  offerTo(versions: JsonObject): OfferedBytes;
  close(): Promise<void>;
}

/** Bytes that are offered to a peer. */
export interface OfferedBytes {
  readonly offer: Exclude<KnownOffer, { kind: "text" }>;
  /** Bytes on the wire. */
  readonly size: number;
  /**
   * Yields exactly `size` bytes, once, or throws before the last of them. A piece is valid until the next one is
   * requested. Stopping early closes what was opened.
   * @throws {LocalError} `source-changed`
   */
  readonly pieces: () => AsyncGenerator<Uint8Array, void, void>;
}

/** What a source reports while it is measured and read. */
export type SourceReport = (event: Extract<TransferEvent<never>, { type: "skipped" | "notice" }>) => void;
