/**
 * Remembers which transit keys have made a connection in this process. The records of a second connection would begin again
 * with the first number under the same key, and an attacker who sees both connections could read them.
 */
import type { TransitRole } from "./keys.ts";

/** More keys are not remembered, because the memory of a long-lived process must not grow. The oldest is forgotten. */
const MAX_KEYS = 16_384;

/** The relay tokens of all transits that have made a connection: each belongs to one key, and is no secret. */
const used: Readonly<Record<TransitRole, Set<string>>> = { sender: new Set(), receiver: new Set() };

/** Whether a key has made a connection in this role. Both roles of one key may be in one process. */
export function isUsed(relayToken: string, role: TransitRole): boolean {
  return used[role].has(relayToken);
}

/** Notes that a key makes a connection. */
export function markUsed(relayToken: string, role: TransitRole): void {
  const tokens = used[role];
  tokens.add(relayToken);
  for (const oldest of tokens) {
    if (tokens.size <= MAX_KEYS) break;
    tokens.delete(oldest);
  }
}
