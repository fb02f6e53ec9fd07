/** Decides which endpoints from the hints of the peer are dialled: those that are reachable, harmless and plausible. */
import type { StreamNetwork } from "../../net/connection.ts";
import { type IpAddress, ipv4Inside, looksNumeric, parseIp } from "../../net/ip-address.ts";
import { ownAddresses } from "../../net/own-addresses.ts";
import { type Endpoint, type Hints, MAX_HINTS } from "../hints.ts";

/** The endpoints that lead to the peer, directly or through a relay. */
export interface Ways {
  readonly direct: readonly Endpoint[];
  readonly relays: readonly Endpoint[];
}

/**
 * Selects the endpoints that this machine dials. Through Tor, these are onion services and public addresses. Of many direct
 * endpoints, the {@link MAX_HINTS} are selected that are most likely to be reachable from here.
 */
export function usable({ direct, tor, relays }: Hints, network: StreamNetwork | undefined): Ways {
  const ours = ownAddresses(network);
  const good = (endpoint: Endpoint) => worthDialling(endpoint, ours) && (!network?.isTor || isPublic(endpoint.host));
  const reachable = network?.isTor ? [...direct, ...tor] : direct;
  return { direct: mostUseful(reachable.filter(good), ours), relays: relays.filter(good) };
}

/**
 * The characters of host names and addresses. Other text cannot be resolved, and must not be shown to people unescaped.
 */
const HOST = /^[0-9A-Za-z._:-]+$/;

/**
 * Whether an endpoint from a hint may be dialled. Private networks must be allowed. A service that listens there receives
 * only the fixed first line. The addresses of a host name are judged when it is resolved, by {@link mayConnect}. `ours` are
 * the addresses of this machine.
 */
export function worthDialling({ host, port }: Endpoint, ours: readonly string[]): boolean {
  if (port === 0 || !HOST.test(host)) return false;
  const address = parseIp(host);
  // A number in another form than the usual one hides an address. No honest hint contains it.
  if (address === undefined) return !host.includes(":") && !looksNumeric(host);
  return !isMapped(address) && isDiallable(address, ours);
}

/**
 * Whether a connection that a hint asks for may go to this address of a host. Judging the resolved address catches names and
 * unusual spellings that lead to an address which would not be dialled. `ours` are the addresses of this machine.
 */
export function mayConnect(resolved: string, ours: readonly string[]): boolean {
  const address = parseIp(resolved.replace(/%.*$/, ""));
  return address !== undefined && isDiallable(address, ours);
}

function isDiallable(address: IpAddress, ours: readonly string[]): boolean {
  const inner = ipv4Inside(address) ?? address;
  if (isNowhere(address) || isNowhere(inner)) return false;
  if (!isLinkLocal(address) && !isLinkLocal(inner)) return true;
  return ours.some((text) => isLinkLocal(parseIp(text) ?? []));
}

/** Whether this is an IPv6 address around an IPv4 address (RFC 4291, section 2.5.5.2). No honest hint contains one. */
function isMapped(address: IpAddress): boolean {
  return address.length === 16 && address.slice(0, 10).every((byte) => byte === 0) && address[10] === 0xff;
}

/** Unspecified, multicast, broadcast and reserved addresses. No honest hint contains one. */
function isNowhere([first = 0, ...rest]: IpAddress): boolean {
  if (rest.length < 4) return first === 0 || first >= 224;
  return first === 0xff || (first === 0 && rest.every((byte) => byte === 0));
}

/** Link-local addresses. On many hosted machines, services listen there that trust every client. */
function isLinkLocal([first = 0, second = 0, ...rest]: IpAddress): boolean {
  return rest.length < 4 ? first === 169 && second === 254 : first === 0xfe && (second & 0xc0) === 0x80;
}

/** The endpoints to keep if there are too many. Machines with dozens of networks name the useful address anywhere. */
function mostUseful(endpoints: readonly Endpoint[], ours: readonly string[]): readonly Endpoint[] {
  const different = [...new Map(endpoints.map((endpoint) => [`${endpoint.host} ${endpoint.port}`, endpoint])).values()];
  if (different.length <= MAX_HINTS) return different;
  const distances = new Map(different.map((endpoint) => [endpoint, distance(endpoint.host, ours)]));
  return different.sort((a, b) => (distances.get(a) ?? 0) - (distances.get(b) ?? 0)).slice(0, MAX_HINTS);
}

/** How unlikely it is that a host can be reached: 0 for a neighbour in a network of this machine. */
function distance(host: string, ours: readonly string[]): number {
  const address = parseIp(host);
  if (address === undefined) return 2;
  const common = Math.max(0, ...ours.map((text) => commonBytes(address, parseIp(text) ?? [])));
  const neighbours = address.length === 4 ? 3 : 8;
  if (common >= neighbours) return 0;
  if (common >= neighbours - 1) return 1;
  return isPublic(host) ? 2 : 3;
}

/** How many bytes at the beginning of two addresses of one kind are the same. */
function commonBytes(a: IpAddress, b: IpAddress): number {
  if (a.length !== b.length) return 0;
  const different = a.findIndex((byte, i) => byte !== b[i]);
  return different < 0 ? a.length : different;
}

/** IPv4 addresses that no Tor exit reaches: private, local and reserved ones (RFC 6890). */
const PRIVATE =
  /^(?:0|10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|22[4-9]|2[34]\d|25\d)\./;
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/i;

/** Whether Tor may reach a host: no exit connects to private addresses. Names are resolved by the exit. */
export function isPublic(host: string): boolean {
  const address = parseIp(host);
  if (address === undefined) return !host.includes(":") && !looksNumeric(host) && !LOCAL_NAME.test(host);
  const inner = ipv4Inside(address);
  if (inner !== undefined && PRIVATE.test(`${inner.join(".")}.`)) return false;
  return address.length === 4 || isPublicIpv6(address);
}

/** All allocated IPv6 addresses except those for documentation (RFC 6890). */
function isPublicIpv6([first = 0, second, third, fourth]: IpAddress): boolean {
  return (first & 0xe0) === 0x20 && !(first === 0x20 && second === 0x01 && third === 0x0d && fourth === 0xb8);
}
