/** The address under which clients reach a server that listens on all addresses. */
import { isIPv6 } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Hosts that mean every address of this machine. */
const EVERY_ADDRESS = ["0.0.0.0", "::", "0", ""];

/** An address that only machines on the same cable understand. */
const LINK_LOCAL = /^(?:fe80:|169\.254\.)/i;

/**
 * Returns the host that clients can use for a server on `host`. A server on every address gets the first address of this
 * machine that others can reach, or its own loopback.
 *
 * @param addresses the addresses of this machine
 */
export function clientHost(host: string, addresses: readonly NetworkInterfaceInfo[] = ownAddresses()): string {
  if (!EVERY_ADDRESS.includes(host)) return host;
  const reachable = addresses.filter(({ internal, address }) => !internal && !LINK_LOCAL.test(address));
  const [first] = reachable.toSorted((a, b) => Number(isIPv6(a.address)) - Number(isIPv6(b.address)));
  return first?.address ?? (host === "::" ? "::1" : "127.0.0.1");
}

/** The addresses of this machine. A system that refuses to list them has none. */
function ownAddresses(): NetworkInterfaceInfo[] {
  try {
    return Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  } catch {
    return [];
  }
}
