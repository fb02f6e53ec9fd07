/** The errors that end a dilation, apart from a close by this side. */
import { WormholeClosedError, WormholeError } from "../errors.ts";

/** The peer has closed its wormhole. */
export function peerClosed(): WormholeClosedError {
  return new WormholeClosedError("The other side has closed its wormhole.");
}

/** The mailbox returned our own `please`: it reflects messages, and there is no peer. */
export function reflected(): WormholeError {
  return new WormholeError("reflected", "Our own messages come back: there is no other side.");
}

/** There was no connection for the whole `patience`. */
export function peerGone(): WormholeError {
  return new WormholeError("peer-gone", "The other side has not been reachable for too long.");
}

/** The peer has broken the protocol too often. */
export function protocolBreach(): WormholeError {
  return new WormholeError("dilation", "The program on the other side does not follow the protocol.");
}

/** The platform has no ChaCha20-Poly1305. */
export function noCipher(cause: unknown): WormholeError {
  return new WormholeError("no-cipher", "The ciphers of this platform cannot be loaded.", { cause });
}

/** The sequence numbers of records have run out: they have 32 bits and do not wrap. */
export function numbersUsedUp(): WormholeError {
  return new WormholeError("dilation", "This dilated wormhole has sent as many records as it can. Make a new one.");
}
