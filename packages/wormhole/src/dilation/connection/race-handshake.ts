/** Adapts the handshake of a dilation to transit's race, which runs it on each candidate. The handshake itself is in wire/. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { deriveKey } from "../../crypto/keys.ts";
import { relayLine } from "../../transit/keys.ts";
import type { HandshakeProtocol } from "../../transit/race/handshake-protocol.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "../wire/handshake.ts";
import type { DilationRole } from "../wire/role.ts";

export type RaceHandshake = HandshakeProtocol<DilationHandshakeState>;

/** Returns the handshake for each role. `key` is the key of the dilation; `side` distinguishes the two sides at a relay. */
export function raceHandshakes(key: Uint8Array, side: string): (role: DilationRole) => RaceHandshake {
  const token = bytesToHex(deriveKey(key, "transit_relay_token"));
  const line = relayLine(token, side);
  return (role) => ({
    machine: dilationHandshake,
    begin: (relayed) => begin(role, key, relayed ? line : null),
  });
}
