/** The ways that may lead to the other side, and which of them are worth dialling. */
import type { Endpoint } from "./hints.ts";

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
