/** How a dilation ends, when it was not closed here. */
import { WormholeClosedError, WormholeError } from "../errors.ts";

export function farewell(): WormholeClosedError {
  return new WormholeClosedError("The other side has closed its wormhole.");
}

export function mirrored(): WormholeError {
  return new WormholeError("reflected", "Our own messages come back: there is nobody on the other side.");
}

export function gone(): WormholeError {
  return new WormholeError("peer-gone", "The other side has not been reachable for too long.");
}

export function broken(): WormholeError {
  return new WormholeError("dilation", "The program on the other side does not keep to the protocol.");
}

export function cipherless(cause: unknown): WormholeError {
  return new WormholeError("no-cipher", "The ciphers of this platform cannot be loaded.", { cause });
}
