/** Sinks that need no files of a system: memory, and the application's streams. */
import { unlessAborted } from "../base/abort.ts";
import type { Sink } from "./fill.ts";
import { LocalError } from "./local-error.ts";

/** Memory for exactly `size` bytes. @throws {LocalError} if there is too little */
export function memorySink(size: number): Sink<Uint8Array<ArrayBuffer>> {
  const memory = allocate(size);
  let filled = 0;
  return {
    async write(piece) {
      memory.set(piece, filled);
      filled += piece.length;
    },
    publish: async () => memory,
    discard: async () => {},
  };
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (error) {
    throw new LocalError(`There is no memory for ${size} bytes.`, "cannot-store", { cause: error });
  }
}

/**
 * A stream of the application. It is closed when it has all bytes, and aborted if the transfer fails. If `signal` aborts,
 * every wait for it ends.
 */
export function streamSink(stream: WritableStream<Uint8Array>, signal: AbortSignal): Sink<undefined> {
  const writer = stream.getWriter();
  // Every error of the stream is also that of a write or of the close.
  writer.closed.catch(() => {});
  const step = (work: Promise<void>) =>
    unlessAborted(work, signal).catch((error: unknown) => {
      if (signal.aborted) throw error;
      throw new LocalError("The stream did not take the received data.", "cannot-store", { cause: error });
    });
  return {
    // The stream may keep what it gets, and the memory of a piece is used again.
    write: (piece) => step(writer.write(new Uint8Array(piece))),
    publish: async () => {
      await step(writer.close());
    },
    discard: async (error) => {
      writer.abort(error).catch(() => {});
    },
  };
}
