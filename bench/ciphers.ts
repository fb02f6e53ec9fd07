/**
 * Dilation's cipher, ChaCha20-Poly1305, by each provider: messages are sealed and opened in memory, in one process. The
 * providers take turns.
 *
 *     npm run bench -- ciphers [--rounds 7] [--mib 100] [--bytes 65519]
 *
 * Each ratio compares a rate with libsodium's. As long as `openssl` is well above 1, `openssl.node.ts` is worth its lines.
 */
import { parseArgs } from "node:util";
import { type BulkCipher, TAG_BYTES } from "../packages/wormhole/dist/crypto/bulk.js";
import { nodeCrypto } from "../packages/wormhole/dist/crypto/chacha.node.js";
import { loadOpenSslChaCha } from "../packages/wormhole/dist/crypto/openssl.node.js";
import { portableChaCha } from "../packages/wormhole/dist/crypto/portable.js";
import { loadSodiumChaCha } from "../packages/wormhole/dist/crypto/sodium.node.js";
import { ratio, spread, table } from "./harness/statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    mib: { type: "string", default: "100" },
    bytes: { type: "string", default: "65519" },
  },
});
const [rounds, bytes] = [Number(values.rounds), Number(values.bytes)];
const messages = Math.ceil((Number(values.mib) * 2 ** 20) / bytes);

const ciphers = [await loadSodiumChaCha(), await loadOpenSslChaCha(), nodeCrypto, portableChaCha];
const rates = ciphers.map((): number[] => []);
for (const cipher of ciphers) rate(cipher);
for (let round = 0; round < rounds; round++) {
  for (const [index, cipher] of ciphers.entries()) rates[index]?.push(rate(cipher));
}
const rows = ciphers.map(({ name }, index) => {
  const [ours = [], sodium = []] = [rates[index], rates[0]];
  return [name, spread(ours, 0), ratio(ours, sodium).toFixed(2)];
});
console.log(table([["", `MB/s, ${bytes} bytes a message`, "to libsodium"], ...rows]));

/** Returns the megabytes of plaintext that are sealed and opened in a second. */
function rate(cipher: BulkCipher): number {
  const plaintext = new Uint8Array(bytes);
  const box = new Uint8Array(bytes + TAG_BYTES);
  const [key, nonce] = [new Uint8Array(32), new Uint8Array(12)];
  const start = performance.now();
  for (let message = 0; message < messages; message++) {
    cipher.seal(box, plaintext, nonce, key);
    if (!cipher.open(plaintext, box, nonce, key)) throw new Error(`${cipher.name} does not open its own box`);
  }
  return (messages * bytes) / 1000 / (performance.now() - start);
}
