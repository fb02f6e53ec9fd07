/** The ways that may lead to the other side, and which of them are worth dialling. */
import type { Endpoint } from "../hints.ts";

/** A way to the other side that we dial. */
export interface Dialled {
  readonly id: number;
  readonly kind: "direct" | "relay";
  readonly endpoint: Endpoint;
}

/** The other side, or a stranger, who has dialled us. */
export interface Inbound {
  readonly id: number;
  readonly kind: "inbound";
  readonly from: string;
}

export type Candidate = Dialled | Inbound;

/** For people, and the pipe's `description`. */
export function describe(candidate: Candidate): string {
  if (candidate.kind === "inbound") return `<-${candidate.from}`;
  const address = tcpAddress(candidate.endpoint);
  return candidate.kind === "relay" ? `->relay:${address}` : `->${address}`;
}

/** An endpoint as it is written; IPv6 in brackets. */
export function tcpAddress({ host, port }: Endpoint): string {
  return host.includes(":") ? `tcp:[${host}]:${port}` : `tcp:${host}:${port}`;
}

/** Characters of names and addresses. Nothing else can be resolved, or be shown to people as it is. */
const HOST = /^[0-9A-Za-z._:-]+$/;
/** Unspecified, multicast and broadcast addresses, and IPv4 ones in IPv6 clothes: no honest hint. */
const NOWHERE = /^(?:0\.|22[4-9]\.|23\d\.|255\.|::$|ff[0-9a-f]{2}:|::ffff:)/i;
/** On many hosted machines, services listen there that trust whoever reaches them. */
const LINK_LOCAL = /^(?:169\.254\.|fe[89ab][0-9a-f]:)/i;

/**
 * Whether an endpoint that the other side named may be dialled. Private networks must be, and whatever listens there
 * sees nothing but the fixed first line. `ours` are the addresses of this machine.
 */
export function worthDialling({ host, port }: Endpoint, ours: readonly string[]): boolean {
  if (port === 0 || !HOST.test(host) || NOWHERE.test(host)) return false;
  return !LINK_LOCAL.test(host) || ours.some((address) => LINK_LOCAL.test(address));
}

/** IPv4 addresses that mean another machine, or none, in every network: RFC 6890. */
const PRIVATE =
  /^(?:0|10|127|169\.254|172\.(?:1[6-9]|2\d|3[01])|192\.168|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])|192\.0\.[02]|198\.1[89]|198\.51\.100|203\.0\.113|22[4-9]|2[34]\d|25\d)\./;
/** All IPv6 addresses that were ever given out but those for documents. */
const PUBLIC_IPV6 = /^(?!2001:0?db8:)[23][0-9a-f]{3}:/i;
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/i;

/** Whether Tor may reach it: no exit connects to private addresses. What a name means is known there only. */
export function isPublic(host: string): boolean {
  if (host.includes(":")) return PUBLIC_IPV6.test(host);
  return /^[\d.]+$/.test(host) ? !PRIVATE.test(host) : !LOCAL_NAME.test(host);
}
