/** The platform of browsers. */

import { portable, portableChaCha } from "../crypto/portable.ts";
import { systemRandom } from "../crypto/system-random.ts";
import { systemClock } from "../net/clock.ts";
import { openWebSocket } from "../net/websocket.browser.ts";
import type { Platform } from "./platform.ts";

/** For browsers and every other runtime with WebSocket and WebCrypto. There are no sockets and no native code. */
export const platform: Platform = {
  clock: systemClock,
  random: systemRandom,
  openMessageSocket: openWebSocket,
  loadBulkCrypto: async () => portable,
  loadChaCha: async () => portableChaCha,
};
