/** Streams, blobs and bytes in memory as sources. Nothing here needs files of a system. */
import { unlessAborted } from "../base/abort.ts";
import { printable } from "../base/printable.ts";
import type { FileSource } from "./api.ts";
import { LocalError } from "./local-error.ts";
import { PIECE_BYTES, type Source } from "./source.ts";

/** The source of a file whose bytes come from the application. If `signal` aborts, every wait for them ends. */
export function streamSource(file: FileSource, signal: AbortSignal): Source {
  const { name, size } = file;
  const offered = {
    offer: { kind: "file", filename: name, filesize: size } as const,
    size,
    pieces: () => exactPieces(file, signal),
  };
  return { offerTo: () => offered, close: async () => {} };
}

/** What an application gives to `sendFile`, checked. `name` replaces the name of the source. */
export function checkedFile(source: unknown, name: unknown): FileSource {
  const file = asFile(source);
  return { name: checkedName(name ?? file.name), size: checkedSize(file.size), open: file.open };
}

/** A file whose properties have not been checked. */
interface UncheckedFile {
  readonly name?: unknown;
  readonly size: unknown;
  readonly open: FileSource["open"];
}

/** Recognises the three kinds of sources by their properties, because objects of other realms have other classes. */
function asFile(source: unknown): UncheckedFile {
  if (isBytes(source)) {
    // The caller may use its memory for something else before the bytes are sent.
    const copy = new Uint8Array(source);
    return { size: copy.length, open: () => once(copy) };
  }
  if (isBlob(source)) return { name: nameIn(source), size: source.size, open: () => source.stream() };
  if (isFileSource(source)) return { name: source.name, size: source.size, open: () => source.open() };
  throw new TypeError("source must be a Blob, a Uint8Array, or an object with name, size and open");
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Whether a value is a `Uint8Array` of any realm, such as a `Buffer`. */
const isBytes = (value: unknown): value is Uint8Array =>
  Object.prototype.toString.call(value) === "[object Uint8Array]";

const isBlob = (value: unknown): value is Blob =>
  isObject(value) && "stream" in value && typeof value.stream === "function";

const isFileSource = (value: unknown): value is FileSource =>
  isObject(value) && "name" in value && "size" in value && "open" in value && typeof value.open === "function";

const nameIn = (blob: Blob): unknown => ("name" in blob ? blob.name : undefined);

function checkedName(name: unknown): string {
  if (typeof name !== "string")
    throw new TypeError("name must be a string: a Blob and bytes have no name of their own");
  if (name === "" || name === "." || name === ".." || /[/\0]/.test(name)) {
    throw new TypeError("name must be the name of a file, without a path");
  }
  return name;
}

function checkedSize(size: unknown): number {
  if (typeof size !== "number") throw new TypeError("size must be a number");
  if (!Number.isSafeInteger(size) || size < 0)
    throw new RangeError("size must be a number of bytes, from 0 to 2^53 - 1");
  return size;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/**
 * Yields exactly the announced bytes of a stream. The last piece is held back until the stream has ended, so that a
 * receiver never has everything of a stream that fails.
 */
async function* exactPieces(file: FileSource, signal: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
  const reader = await failing(file, async () => read(await file.open()));
  const piece = new Uint8Array(Math.min(PIECE_BYTES, file.size));
  let filled = 0;
  let left = file.size;
  try {
    for (;;) {
      const next = await failing(file, () => unlessAborted(reader.next(), signal), signal);
      if (next.done === true) break;
      if (!isBytes(next.value)) changed(file, "has given something that is not a Uint8Array");
      left -= next.value.length;
      if (left < 0) changed(file, `has given more than the announced ${file.size} bytes`);
      for (let at = 0; at < next.value.length; ) {
        const part = next.value.subarray(at, at + piece.length - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < piece.length || left + next.value.length - at === 0) continue;
        yield piece;
        filled = 0;
      }
    }
    if (left > 0) changed(file, `has given ${left} bytes fewer than the announced ${file.size}`);
    if (filled > 0) yield piece.subarray(0, filled);
  } finally {
    reader.stop();
  }
}

/** The two ways to read a stream, as one. */
interface Reader {
  next(): Promise<IteratorResult<unknown, unknown>>;
  /** Tells the stream that nothing more is read. Does not wait, because a stream that hangs would never answer. */
  stop(): void;
}

function read(stream: unknown): Reader {
  if (isObject(stream) && "getReader" in stream && typeof stream.getReader === "function") {
    const reader = (stream as ReadableStream<unknown>).getReader();
    return { next: () => reader.read(), stop: () => void reader.cancel().catch(() => {}) };
  }
  if (isObject(stream) && Symbol.asyncIterator in stream) {
    const iterator = (stream as AsyncIterable<unknown>)[Symbol.asyncIterator]();
    return {
      next: () => iterator.next(),
      stop: () => void Promise.resolve(iterator.return?.()).catch(() => {}),
    };
  }
  throw new TypeError("open() must return a ReadableStream or an async iterable");
}

/** Runs a step of the application's stream. Its error becomes one of the transfer, unless the transfer has ended. */
async function failing<T>(file: FileSource, step: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await step();
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return changed(file, "can no longer be read", error);
  }
}

function changed({ name }: FileSource, how: string, cause?: unknown): never {
  const options = cause === undefined ? {} : { cause };
  throw new LocalError(`The source '${printable(name)}' ${how}.`, "source-changed", options);
}
