/** The handshake of a dilation, in the form in which a race runs it on each candidate. */
import { bytesToHex } from "@noble/hashes/utils.js";
import { deriveKey } from "../../crypto/keys.ts";
import { relayLine } from "../../transit/keys.ts";
import type { HandshakeProtocol } from "../../transit/race/handshake-protocol.ts";
import { begin, type DilationHandshakeState, dilationHandshake } from "../wire/handshake.ts";
import type { DilationRole } from "../wire/role.ts";

export type DilationTalk = HandshakeProtocol<DilationHandshakeState>;

/** Returns the handshake for each role. `key` is that of the dilation; `side` distinguishes the two sides at a relay. */
export function dilationTalk(key: Uint8Array, side: string): (role: DilationRole) => DilationTalk {
  const token = bytesToHex(deriveKey(key, "transit_relay_token"));
  const line = relayLine(token, side);
  return (role) => ({
    machine: dilationHandshake,
    begin: (relayed) => begin(role, key, relayed ? line : null),
  });
}
