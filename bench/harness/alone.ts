/** The least processor time of a transfer: the same ciphers and hashes, and nothing else. */
import { createHash, randomBytes } from "node:crypto";
import { TAG_BYTES } from "../../packages/wormhole/dist/crypto/bulk.js";
import { platform } from "../../packages/wormhole/dist/platform/node.js";

const cipher = await platform.loadChaCha();

/**
 * Seconds of processor time to seal and open `bytes` in pieces of `piece` bytes, and to hash them at both ends if
 * `hashed`.
 */
export function alone(bytes: number, piece: number, hashed: boolean): number {
  const [key, nonce, plaintext] = [randomBytes(32), randomBytes(12), new Uint8Array(randomBytes(piece))];
  const [box, opened] = [new Uint8Array(piece + TAG_BYTES), new Uint8Array(piece)];
  const hash = createHash("sha256");
  const before = process.cpuUsage();
  for (let done = 0; done < bytes; done += piece) {
    cipher.seal(box, plaintext, nonce, key);
    cipher.open(opened, box, nonce, key);
    if (hashed) hash.update(plaintext).update(opened);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
