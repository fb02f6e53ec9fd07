/** Decides which endpoints from the hints of the peer are dialled: those that are reachable, harmless and plausible. */
import type { StreamNetwork } from "../../net/connection.ts";
import type { Endpoint, Hints } from "../hints.ts";

/** The endpoints that lead to the peer, directly or through a relay. */
export interface Ways {
  readonly direct: readonly Endpoint[];
  readonly relays: readonly Endpoint[];
}

/** Selects the endpoints that this machine dials. Through Tor, these are onion services and public addresses. */
export function usable({ direct, tor, relays }: Hints, network: StreamNetwork | undefined): Ways {
  const ours = network?.addresses() ?? [];
  const good = (endpoint: Endpoint) => worthDialling(endpoint, ours) && (!network?.isTor || isPublic(endpoint.host));
  const reachable = network?.isTor ? [...direct, ...tor] : direct;
  return { direct: reachable.filter(good), relays: relays.filter(good) };
}

/**
 * The characters of host names and addresses. Other text cannot be resolved, and must not be shown to people unescaped.
 */
const HOST = /^[0-9A-Za-z._:-]+$/;
/** Unspecified, multicast and broadcast addresses, and IPv4-mapped IPv6 addresses: no honest hint contains them. */
const NOWHERE = /^(?:0\.|22[4-9]\.|23\d\.|255\.|::$|ff[0-9a-f]{2}:|::ffff:)/i;
/** Link-local addresses. On many hosted machines, services listen there that trust every client. */
const LINK_LOCAL = /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i;

/**
 * Whether an endpoint from a hint may be dialled. Private networks must be allowed. A service that listens there receives
 * only the fixed first line. `ours` are the addresses of this machine.
 */
export function worthDialling({ host, port }: Endpoint, ours: readonly string[]): boolean {
  if (port === 0 || !HOST.test(host) || NOWHERE.test(host)) return false;
  return !LINK_LOCAL.test(host) || ours.some((address) => LINK_LOCAL.test(address));
}

/** IPv4 addresses that no Tor exit reaches: private, local and reserved ones (RFC 6890). */
const PRIVATE =
  /^(?:0|10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|22[4-9]|2[34]\d|25\d)\./;
/** All allocated IPv6 addresses except those for documentation. */
const PUBLIC_IPV6 = /^(?!2001:0?db8:)[23][0-9a-f]{3}:/i;
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/i;

/** Whether Tor may reach a host: no exit connects to private addresses. Names are resolved by the exit. */
export function isPublic(host: string): boolean {
  if (host.includes(":")) return PUBLIC_IPV6.test(host);
  return /^[\d.]+$/.test(host) ? !PRIVATE.test(host) : !LOCAL_NAME.test(host);
}
