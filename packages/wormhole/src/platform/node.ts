/** The platform of Node. */
import { systemRandom } from "../crypto/system-random.ts";
import { systemClock } from "../net/clock.ts";
import { tcp } from "../net/tcp.node.ts";
import { openWebSocket } from "../net/websocket.node.ts";
import type { Platform } from "./platform.ts";

/** For Node and runtimes that have its modules: TCP, WebSockets that explain their failures, and native ciphers. */
export const platform: Platform = {
  clock: systemClock,
  random: systemRandom,
  openMessageSocket: openWebSocket,
  network: tcp,
  loadBulkCrypto: async () => (await import("../crypto/native.node.ts")).loadNativeCrypto(),
  loadChaCha: async () => (await import("../crypto/chacha.node.ts")).loadNativeChaCha(),
};
