import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { deriveKey } from "../crypto/keys.ts";

/** Who of the two we are. The sender decides which connection is used; records go both ways. */
export type Role = "sender" | "receiver";

/** Everything that two sides with the same transit key agree on. */
export interface TransitKeys {
  /** What each side writes first: `transit sender HEX ready\n\n`. It proves that the side has the key. */
  readonly handshake: Readonly<Record<Role, Uint8Array>>;
  /** The keys of the records that each role writes. */
  readonly record: Readonly<Record<Role, Uint8Array>>;
  /** By this the relay knows which two connections belong together: 64 hex digits. */
  readonly relayToken: string;
}

/** Derives them as transit.md of magic-wormhole-protocols says. */
export function deriveTransitKeys(transitKey: Uint8Array): TransitKeys {
  const derive = (purpose: string) => deriveKey(transitKey, purpose);
  const handshake = (role: Role) => utf8ToBytes(`transit ${role} ${bytesToHex(derive(`transit_${role}`))} ready\n\n`);
  return {
    handshake: { sender: handshake("sender"), receiver: handshake("receiver") },
    record: { sender: derive("transit_record_sender_key"), receiver: derive("transit_record_receiver_key") },
    relayToken: bytesToHex(derive("transit_relay_token")),
  };
}

/**
 * The line that asks a relay for the other side. Every connection of one transit object says the same `side` (16 hex
 * digits), so that the relay never pairs two of them with each other.
 */
export function relayLine(relayToken: string, side: string): Uint8Array {
  return utf8ToBytes(`please relay ${relayToken} for side ${side}\n`);
}
