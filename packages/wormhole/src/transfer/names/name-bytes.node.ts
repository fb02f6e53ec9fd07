/** File names between this program and the system: strings wherever possible, buffers for bytes that are not UTF-8. */
import { bytesOfName, hasRawBytes, nameOfBytes } from "./name-bytes.ts";

/**
 * Returns a name or path in the form that the functions of `node:fs` need. It is the string itself, unless it stands for
 * bytes that are not UTF-8: Node would replace them.
 */
export const encodeName = (name: string): string | Buffer =>
  hasRawBytes(name) ? Buffer.from(bytesOfName(name)) : name;

/** Returns the string for a name or path that a function of `node:fs` returned as a buffer. */
export const decodeName = (name: Uint8Array): string => nameOfBytes(name);
