/** Derives the keys of a transit, and the fixed handshake lines that are made from them. */
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { deriveKey } from "../crypto/keys.ts";

/** The two roles in a transit. The sender chooses the connection; records go in both directions. */
export type TransitRole = "sender" | "receiver";

/** Everything that both sides derive from the transit key. */
export interface TransitKeys {
  /** The line that each role writes first: `transit sender HEX ready\n\n`. It proves that this side has the key. */
  readonly handshake: Readonly<Record<TransitRole, Uint8Array>>;
  /** The key of the records that each role writes, 32 bytes. */
  readonly record: Readonly<Record<TransitRole, Uint8Array>>;
  /** The token by which a relay recognises two connections that belong together: 64 hexadecimal digits. */
  readonly relayToken: string;
}

/** Derives all keys from the transit key, as in transit.md of magic-wormhole-protocols, "Handshake". */
export function deriveTransitKeys(transitKey: Uint8Array): TransitKeys {
  const derive = (purpose: string) => deriveKey(transitKey, purpose);
  const handshake = (role: TransitRole) =>
    utf8ToBytes(`transit ${role} ${bytesToHex(derive(`transit_${role}`))} ready\n\n`);
  return {
    handshake: { sender: handshake("sender"), receiver: handshake("receiver") },
    record: { sender: derive("transit_record_sender_key"), receiver: derive("transit_record_receiver_key") },
    relayToken: bytesToHex(derive("transit_relay_token")),
  };
}

/**
 * The line that asks a relay for the peer. All connections of one transit have the same `side` (16 hexadecimal digits),
 * so that the relay never pairs two of them with each other.
 */
export function relayLine(relayToken: string, side: string): Uint8Array {
  return utf8ToBytes(`please relay ${relayToken} for side ${side}\n`);
}
