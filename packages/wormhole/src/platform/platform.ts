/** The interface between the library and the runtime that it runs in. */
import type { Random } from "../base/random.ts";
import type { BulkCipher, BulkCrypto } from "../crypto/bulk.ts";
import type { Clock } from "../net/clock.ts";
import type { StreamNetwork } from "../net/connection.ts";
import type { OpenMessageSocket } from "../net/message-socket.ts";

/**
 * Everything that differs between Node, a browser and a simulation. The import `#platform` gives the platform of the present
 * runtime; options named `platform` replace parts of it.
 */
export interface Platform {
  /** Time. */
  readonly clock: Clock;
  /** Randomness. */
  readonly random: Random;
  /** Opens the connection to the mailbox server. */
  readonly openMessageSocket: OpenMessageSocket;
  /** Absent if the runtime has no sockets. */
  readonly network?: StreamNetwork;
  /** Loads the cipher of transit, on first use: the native one costs a short program a few tens of milliseconds. */
  loadBulkCrypto(): Promise<BulkCrypto>;
  /**
   * Loads the cipher of dilation, on first use: ChaCha20-Poly1305 (RFC 8439), with a nonce of 12 bytes and the tag after
   * the ciphertext.
   */
  loadChaCha(): Promise<BulkCipher>;
}
