/** Bytes: what counts as bytes in every realm, and how they leave the library. */

/**
 * Bytes that belong to the receiver of the value: a `Uint8Array` whose memory is shared with no other thread, which is what
 * `Blob`, `fetch` and WebCrypto accept. In TypeScript before 5.7 it is `Uint8Array`.
 */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** Whether a value is a `Uint8Array`, of this realm or another one, such as an iframe or the window of a test. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/**
 * Returns the bytes of an argument, as an array of this realm and without a copy, for code that looks for
 * `instanceof Uint8Array`. `name` is the argument's name.
 * @throws {TypeError} if the value is not a `Uint8Array`
 */
export function bytesOf(name: string, value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (!isBytes(value)) throw new TypeError(`${name} must be a Uint8Array`);
  return new Uint8Array(value.buffer, value.byteOffset, value.length);
}

/** The bytes as an application gets them: the same ones, because memory of the library is never shared with a thread. */
export function unshared(bytes: Uint8Array): Bytes {
  return isUnshared(bytes) ? bytes : copyBytes(bytes);
}

function isUnshared(bytes: Uint8Array): bytes is Bytes {
  return bytes.buffer instanceof ArrayBuffer;
}

/** Without the option `fatal`, which the runtime of React Native does not have. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Decodes UTF-8. Returns `undefined` for bytes that are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  const text = utf8.decode(bytes);
  const again = new TextEncoder().encode(text);
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]) ? text : undefined;
}

/** A copy in a buffer of its own, which it fills. Whatever its receiver does to it, the original is unharmed. */
export function copyBytes(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}
