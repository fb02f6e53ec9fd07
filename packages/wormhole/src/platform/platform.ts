import type { Random } from "../base/random.ts";
import type { BulkCipher, BulkCrypto } from "../crypto/bulk.ts";
import type { Clock } from "../net/clock.ts";
import type { StreamNetwork } from "../net/connection.ts";
import type { OpenMessageSocket } from "../net/message-socket.ts";

/**
 * All that differs between Node, a browser and a simulation. `#platform` is the one of the machine we run on;
 * options named `platform` replace parts of it.
 */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly openMessageSocket: OpenMessageSocket;
  /** Absent where there are no sockets. */
  readonly network?: StreamNetwork;
  /** The cipher of transit. Loaded on first use: the native one costs a one-shot program a few tens of milliseconds. */
  loadBulkCrypto(): Promise<BulkCrypto>;
  /** The cipher of dilation, ChaCha20-Poly1305 (RFC 8439): nonce 12 bytes, the tag behind the ciphertext. Loaded on first use. */
  loadChaCha(): Promise<BulkCipher>;
}
